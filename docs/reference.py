"""The directive ``{api}``: the public names of a kind, from the code, as a page of the site.

    ```{api} judge
    ```

Kinds are those of the registry, "data", "run" for all other names of ``collapse.__all__``, and
"plot" for those of ``collapse.plot``. Docstrings are read as MyST, as the pages are.
"""

import dataclasses
import inspect
import re
import textwrap
import types

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList

import collapse
from collapse.scenario.registry import KINDS, Part, load, parts

OTHERS = ("data", "run")
COLUMNS = re.compile(r"(\w+) {2,}(?=\S)")  # a term, then what it is
FIRST = ("Arm", "simulate", "Run", "load", "Scenario", "Claim", "simulate_arms")  # of their page


def kind_of(thing) -> str:
    """The kind of a public class or function: where it lives says it."""
    package = thing.__module__.split(".")[1]
    kind = package.removesuffix("s") if package != "data" else "data"
    return kind if kind in (*KINDS, *OTHERS) else "run"


def public() -> dict[str, object]:
    """Every name of ``collapse.__all__`` that is a class or function, with what it stands for."""
    named = {name: getattr(collapse, name) for name in collapse.__all__}
    return {name: thing for name, thing in named.items() if callable(thing)}


def shown(value) -> str:
    """A default as it would be written."""
    if isinstance(value, float | int | str | bool | tuple | None):
        return repr(value)
    return getattr(value, "__name__", f"{type(value).__name__}()")


def signature(thing) -> str:
    """The arguments with their defaults, without types."""
    made = {}
    if dataclasses.is_dataclass(thing):
        fields = dataclasses.fields(thing)
        made = {f.name: f.default_factory for f in fields if callable(f.default_factory)}
    out, starred = [], False
    for p in inspect.signature(thing).parameters.values():
        if p.name == "self":
            continue
        if p.kind is p.KEYWORD_ONLY and not starred:
            out.append("*")
        starred = starred or p.kind in (p.KEYWORD_ONLY, p.VAR_POSITIONAL)
        text = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "") + p.name
        if p.name in made:
            text += f"={shown(made[p.name]())}"
        elif p.default is not p.empty:
            text += f"={shown(p.default)}"
        out.append(text)
    return f"({', '.join(out)})"


def prose(thing) -> str:
    """The docstring as MyST: terms in columns become a list, indented blocks stay as they are."""
    own = vars(thing).get("__doc__") if inspect.isclass(thing) else thing.__doc__
    out = []
    for block in re.split(r"\n\s*\n", inspect.cleandoc(own or "")):
        lines = block.splitlines()
        if all(COLUMNS.match(line) or line.startswith("    ") for line in lines) and COLUMNS.match(
            block
        ):
            lines = [COLUMNS.sub(r"- `\1`: ", line) for line in lines]
            out.append("\n".join(line if line[0] == "-" else f"  {line.strip()}" for line in lines))
            continue
        plain = next((i for i, line in enumerate(lines) if line.startswith("    ")), len(lines))
        out.append("\n".join(lines[:plain]))
        if plain < len(lines):
            laid_out = textwrap.dedent("\n".join(lines[plain:]))
            out.append(f"```text\n{laid_out}\n```")
    return "\n\n".join(block for block in out if block)


def methods(thing) -> list[tuple[str, object]]:
    """The public methods and properties that a class defines and describes itself, in order."""
    own = vars(thing) if inspect.isclass(thing) else {}
    found = {name: getattr(thing, name) for name in own if not name.startswith("_")}
    kinds = (property, types.FunctionType, types.MethodType)
    return [(name, one) for name, one in found.items() if isinstance(one, kinds) and one.__doc__]


def entry(name: str, thing, part: Part | None, module: str = "collapse") -> str:
    """One class or function, with its methods, as a directive of Sphinx's Python domain."""
    about = f"`{part.kind}={part.name}`: {part.about}.\n\n" if part else ""
    inner = []
    for method, one in methods(thing):
        if isinstance(one, property):
            head = f"{{py:property}} {method}"
        else:
            head = f"{{py:method}} {method}{signature(one)}"
        inner.append(f"`````{head}\n{prose(one)}\n`````")
    blocks = "\n\n".join(inner)
    kind = "class" if inspect.isclass(thing) else "function"
    return (
        f"``````{{py:{kind}}} {name}{signature(thing)}\n"
        f":module: {module}\n\n{about}{prose(thing)}\n\n{blocks}\n``````\n"
    )


def page(kind: str) -> str:
    """The table of the parts of a kind by registered name, then every name of it."""
    if kind == "plot":
        named = {name: getattr(collapse.plot, name) for name in sorted(collapse.plot.__all__)}
        return "\n".join(
            entry(name, thing, None, "collapse.plot")
            for name, thing in named.items()
            if inspect.isfunction(thing)
        )
    names = {name: thing for name, thing in public().items() if kind_of(thing) == kind}
    registered = {load(part.where): part for part in parts() if part.kind == kind}
    out = []
    if registered:
        out += [f"| `{kind}=` | Python | what it is |", "|---|---|---|"]
        for thing, part in registered.items():
            short = next((name for name, other in names.items() if other is thing), None)
            target = f"collapse.{short}" if short else f"{thing.__module__}.{thing.__name__}"
            link = f"[`{target.rsplit('.')[-1]}`](#{target})"
            out.append(f"| `{part.name}` | {link} | {part.about} |")
        out.append("")
    order = {name: i - len(FIRST) for i, name in enumerate(FIRST)}
    for name in sorted(names, key=lambda name: (order.get(name, 0), name.lower())):
        out.append(entry(name, names[name], registered.get(names[name])))
    for thing, part in registered.items():
        if thing not in names.values():
            out.append(entry(thing.__name__, thing, part, thing.__module__))
    return "\n".join(out)


class Api(Directive):
    """``{api} KIND``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        inside = nodes.container()
        text = page(self.arguments[0])
        self.state.nested_parse(StringList(text.splitlines(), "the code"), 0, inside)
        return inside.children


def setup(app) -> dict:
    app.add_directive("api", Api)
    return {"parallel_read_safe": True}

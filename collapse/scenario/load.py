"""Loading of scenarios and judges: from user files, shipped files and installed packages.

A file is run as Python; exceptions in it are reported with file name and line.
"""

import importlib.util
import inspect
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from collapse.errors import UserError
from collapse.scenario.scenario import SIZES, Scenario, scenario_files, taking
from collapse.suggest import listed, nearest, unknown

NEIGHBOURS: set[str] = set()  # names of modules that users' files imported from their folders
LOADING = threading.RLock()  # one thread at a time, since all share sys.path


def load_file(path: Path, what: str) -> ModuleType:
    """Run a Python file as a module. Raises ``UserError``."""
    if path.suffix != ".py":
        raise UserError(f"The {what} file {path} is not a Python file: its name must end in .py.")
    name = module_name(path, what)
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    module.__collapse_user_file__ = True
    sys.modules[spec.name] = module
    try:
        with LOADING:
            forget(path)
            with beside(path):
                spec.loader.exec_module(module)
    except UserError:
        raise
    except Exception as error:
        line = getattr(error, "lineno", None) or line_in(error, path)
        raise UserError(
            f"The {what} file {path} raised {type(error).__name__} at line {line}: {error}. "
            f"{_remedy(error)}"
        ) from error
    return module


def _remedy(error: Exception) -> str:
    """What to do about an error in a user's file."""
    if match := re.search(r"mutable default .* for field (\w+) is not allowed", str(error)):
        return (
            f"Make an array that is a default in a function: {match[1]}: jax.Array = "
            "equinox.field(default_factory=lambda: jnp.zeros(100))."
        )
    if match := re.search(r"abstract class (\w+) .*abstract methods? (.*)", str(error)):
        methods = " and ".join(re.findall(r"\w+", match[2]))
        return f"Define {methods} in the class {match[1]}, with the name spelt so."
    return "Correct it and run again."


def module_name(path: Path, what: str) -> str:
    """The name of a user's file as a module; of a file that a worker was sent, the name it has
    there."""
    return f"collapse_{what}_" + path.stem.removeprefix(f"collapse_{what}_")


@contextmanager
def beside(path: Path) -> Iterator[None]:
    """Inside, the file can import modules of its folder; installed packages come first."""
    with LOADING:
        folder, before = path.resolve().parent, set(sys.modules)
        if str(folder) in sys.path:
            yield
            return
        sys.path.append(str(folder))
        importlib.invalidate_caches()
        try:
            yield
        finally:
            if str(folder) in sys.path:  # a file may change it
                sys.path.remove(str(folder))
            for name in set(sys.modules) - before:
                top = name.partition(".")[0]
                if top not in before and _is_in(folder, top):
                    NEIGHBOURS.add(name)


def forget(path: Path) -> None:
    """Drop modules that files imported from beside them and that the folder of ``path`` has too, so
    that each file gets those of its own folder, as they are now."""
    folder = path.resolve().parent
    for name in list(NEIGHBOURS):
        top = name.partition(".")[0]
        if (folder / f"{top}.py").is_file() or (folder / top).is_dir():
            sys.modules.pop(name, None)
            NEIGHBOURS.discard(name)


def _is_in(folder: Path, module: str) -> bool:
    """Whether a loaded module, or the package that it is, stands directly in the folder."""
    loaded = sys.modules.get(module)
    places = [getattr(loaded, "__file__", None), *getattr(loaded, "__path__", ())]
    return any(Path(place).resolve().parent == folder for place in places if place)


def line_in(error: BaseException, path: Path) -> int | None:
    """The last line of the file that an error came through."""
    trace, line = error.__traceback__, None
    while trace:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def find(name: str) -> Path:
    """The file of a scenario, given its name or path."""
    if name.endswith(".py"):
        if not Path(name).is_file():
            raise UserError(f"There is no scenario file {name}: check the path.")
        return Path(name)
    files = scenario_files()
    if name.replace("_", "-") not in files:
        raise UserError(unknown("scenario", name, list(files)))
    return files[name.replace("_", "-")]


def build(name: str, corpus=None, size: str | None = None, images=None) -> Scenario:
    """The scenario of that name or file, with the given size, text corpus or images if it takes
    them."""
    path = find(name)
    module = load_file(path, "scenario")
    make = getattr(module, "scenario", None)
    if make is None:
        raise UserError(
            f"{path} defines no function scenario(): add one that returns the Scenario."
        )
    every = {"corpus": corpus, "images": images, "size": size}
    given = {key: value for key, value in every.items() if value is not None}
    errors = []
    for key in given.keys() - inspect.signature(make).parameters.keys():
        what = {"corpus": "text with --data", "images": "images with --data", "size": "--size"}[key]
        errors.append(f"The scenario {name} takes no {what}. These do: {', '.join(taking(key))}.")
    if size is not None and size not in SIZES:
        errors.append(unknown("size", size, SIZES))
    if errors:
        raise UserError(*errors)
    try:
        with beside(path):
            built = make(**given)
    except UserError:
        raise
    except Exception as error:
        sizes = [known for known in SIZES if known in getattr(module, "SIZES", ())]
        if size is not None and isinstance(error, KeyError) and error.args == (size,) and sizes:
            raise UserError(f"The scenario {name} has the sizes {', '.join(sizes)}.") from None
        line = line_in(error, path)
        raise UserError(
            f"{path} raised {type(error).__name__} at line {line} while building the scenario: "
            f"{error}. {_remedy(error)}"
        ) from error
    if not isinstance(built, Scenario):
        raise UserError(f"scenario() in {path} must return a Scenario, not {type(built).__name__}.")
    return built


def build_shipped(name: str) -> Scenario | None:
    """The shipped scenario of that name, or None. For names read from files: no other file is ever
    run."""
    return build(name) if name in scenario_files() else None


def load_judge(where: str):
    """The judge that ``--judge`` names. Raises ``UserError``.

    NAME              a registered judge, or one of an installed package
    FILE.py:Class     a class of judges or rewards whose fields have defaults
    FILE.py:NAME      a judge, a reward or an ``Endpoint``
    FILE.py:function  a reward of the items; of texts, outside JAX, if its first parameter is called
                      ``texts``

    Of rewards the best fifth is kept.
    """
    from collapse.scenario.registry import installed_judges, part_named

    if ":" not in where:
        if where.endswith(".py"):
            return load_judge(f"{where}:")
        if where not in installed_judges():
            return part_named("judge", where)
        offer = installed_judges()[where]
        try:
            thing = offer.load()
        except Exception as error:
            raise UserError(
                f"The installed judge {where} ({offer.value}) could not be loaded: {error}."
            ) from error
        return _made(thing, where, offer.value)
    file, name = where.rsplit(":", 1)
    return _made(thing_in_file(where, "judge", _is_own), name, file)


def thing_in_file(where: str, what: str, is_own: Callable[[Any, str], bool]) -> Any:
    """The object FILE.py:NAME in a user's file. ``is_own(object, module)`` says which names of the
    file are suggested if that one does not exist. Raises ``UserError``."""
    file, _, name = where.rpartition(":") if ":" in where else (where, "", "")
    path = Path(file)
    if not path.is_file():
        near = [p.name for p in path.parent.glob("*.py")] if path.parent.is_dir() else []
        raise UserError(f"There is no {what} file {file}{nearest(path.name, near)}.")
    module = load_file(path, what)
    if not name or not hasattr(module, name):
        mine = module.__name__
        own = [k for k, v in vars(module).items() if is_own(v, mine) and k[0] != "_"]
        there = f"in it are: {listed(own)}" if own else "and it defines none"
        if not name:
            raise UserError(
                f"{file} is missing the name of the {what}: write {file}:NAME; {there}."
            )
        raise UserError(f"There is no {what} {name} in {file}{nearest(name, own)}; {there}.")
    return getattr(module, name)


def _is_own(thing: Any, module: str) -> bool:
    """Whether an object was defined in the judge file and not imported."""
    from collapse.judges.base import Judge
    from collapse.rewards.base import Reward

    return getattr(thing, "__module__", "") == module or isinstance(thing, (Judge, Reward))


def _made(thing: Any, name: str, file: str):
    """The judge from a class, a function of items or of texts, an endpoint, a reward or a judge."""
    from collapse.judges.base import Judge
    from collapse.judges.policies import TopFraction
    from collapse.judges.presets import of_external
    from collapse.rewards.base import FunctionReward, Reward
    from collapse.rewards.llm.endpoint import Endpoint

    if isinstance(thing, Judge):
        return thing
    if isinstance(thing, Reward):
        return TopFraction(thing)
    if isinstance(thing, Endpoint) or _is_of_texts(thing):
        return of_external(thing)
    if inspect.isfunction(thing):
        return TopFraction(FunctionReward(thing))
    if inspect.isclass(thing) and issubclass(thing, (Judge, Reward)):
        try:
            made = thing()
        except Exception as error:
            raise UserError(
                f"The judge {name} in {file} could not be constructed: {error}. "
                "Give every field a default."
            ) from error
        return TopFraction(made) if isinstance(made, Reward) else made
    raise UserError(
        f"{name} in {file} is not a judge: make it a subclass of collapse.Judge with a method score"
        " or weigh, or a function of the items."
    )


def _is_of_texts(thing: Any) -> bool:
    """Whether it is a Python function outside JAX: one whose first parameter is called texts."""
    return inspect.isfunction(thing) and [*inspect.signature(thing).parameters][:1] == ["texts"]

"""``collapse probe``: what earns a judge's reward without deserving it, and what that leads to."""

import hashlib
from pathlib import Path

from collapse.commands.judge.command import calls_errors
from collapse.commands.probe.families import Item
from collapse.commands.request import key_errors
from collapse.errors import UserError, attempt
from collapse.numerics.device import start_jax
from collapse.report.document import document
from collapse.report.overwrite import place_errors, place_for, refuse_another, write_result

CALLS = 600  # questions to a judge outside JAX
SCENARIO = "jokes"
LEAST_ITEMS, JOKES = 20, 2000


def probe(
    where: str,
    path: Path | None,
    columns: tuple[str | None, str | None],
    calls: int | None,
    scenario: str | None,
    key: int,
    out: Path | None,
    quiet: bool,
) -> dict:
    """The document of what probes of a judge earn; written with its figure to ``out``. ``columns``:
    names of the answer and of the prompt in the file of items. Raises ``UserError``."""
    out = out or place_for("probes", where.rsplit(":", 1)[-1])
    errors = place_errors(out) + key_errors(key) + calls_errors(calls)
    start_jax("single")
    from collapse.rewards.external import asks_external
    from collapse.scenario.identity import identity
    from collapse.scenario.load import build, load_judge

    judge = attempt(errors, load_judge, where)
    outside = judge is not None and bool(asks_external(judge))
    world = None if outside else attempt(errors, build, scenario or SCENARIO)
    if judge is not None:
        asked = {"--items": path, "--field": columns[0], "--prompt": columns[1], "--calls": calls}
        errors += _unfit(outside, asked, scenario) + asks_errors(judge)
    built_in = path is None and columns == (None, None)
    wanted = (outside or judge is None) and not (built_in and errors)
    items = attempt(errors, items_of, path, *columns) if wanted else None
    if errors:
        raise UserError(*errors)
    asked = {"judge": identity(judge), "key": key}
    asked |= {"items": _digest(items), "calls": calls or CALLS} if outside else {}
    asked |= {} if outside else {"scenario": scenario or SCENARIO}
    refuse_another(out, "probe", "probe", asked)
    found = _found(judge, items, calls or CALLS, world, key)

    from collapse.commands.probe.document import body_of
    from collapse.commands.probe.figure import draw
    from collapse.commands.probe.table import show

    source = str(path) if path else ("built-in jokes" if outside else scenario or SCENARIO)
    body = body_of(where.rsplit("/", 1)[-1], source, asked, found)
    result = write_result(out, "probe", document("probe", body), lambda: draw(body))
    if not quiet:
        show(result)
    return result


def _unfit(outside: bool, asked: dict, scenario: str | None) -> list[str]:
    """Options that do not apply to the judge. ``asked``: those of judges outside JAX."""
    if outside:
        return ["--scenario is for judges in JAX; give --items FILE."] if scenario else []
    return [
        f"{flag} is for judges of texts outside JAX, and this one reads the tokens of a --scenario:"
        " leave it out."
        for flag, value in asked.items()
        if value is not None
    ]


def asks_errors(judge) -> list[str]:
    """Errors of the settings of a judge outside JAX."""
    from collapse.rewards.external import asks_external

    return [text for reward in asks_external(judge) for text in reward.validate()]


def items_of(path: Path | None, field: str | None, prompt: str | None) -> list[Item]:
    """The different ordinary items of a file, or built-in jokes. Raises ``UserError``."""
    if path is None:
        if field or prompt:
            raise UserError("--field and --prompt name columns of a file: give one with --items.")
        return _jokes()
    from collapse.commands.measure.command import counted
    from collapse.files.plan import Columns

    tally, _ = counted(path, Columns(field, prompt), None)
    texts, prompts = list(tally.texts), list(tally.groups)
    pairs = {
        (int(a), -1 if corpus.group is None else int(corpus.group[i]))
        for corpus in tally.corpora()
        for i, a in enumerate(corpus.answer)
    }
    items = [Item(texts[a], prompts[g] if g >= 0 else None) for a, g in sorted(pairs)]
    if len(items) < LEAST_ITEMS:
        raise UserError(
            f"{path} has {len(items)} different items, and probes are compared with at least "
            f"{LEAST_ITEMS}: give more."
        )
    return items


def _jokes() -> list[Item]:
    import jax

    from collapse.scenario.load import build

    jokes = build(SCENARIO)
    rows = next(iter(jokes.arms.values())).truth.sample(jax.random.key(0), JOKES)
    return [Item(text) for text in dict.fromkeys(map(jokes.show, rows))]


def _digest(items: list[Item]) -> str:
    return hashlib.sha256(repr(items).encode()).hexdigest()


def _found(judge, items: list[Item] | None, calls: int, world, key: int):
    if items is None:
        from collapse.commands.probe.tokens import probe_tokens

        return probe_tokens(judge, world, key)
    from collapse.commands.probe.texts import Panel, probe_texts

    return probe_texts(Panel(judge, items, calls, key))

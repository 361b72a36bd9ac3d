"""What people see in the terminal: progress, tables, samples side by side."""

import math
import sys
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress as Bars,
    TextColumn,
    TimeElapsedColumn,
)
from rich.segment import Segment
from rich.table import Table

from collapse.errors import harmless
from collapse.scenario.scenario import Scenario


class Terminal(Console):
    """A console on which text of others shows, and does nothing: also in cells, which are cleaned
    before their width is taken, and in bars."""

    def __init__(self, **settings):
        super().__init__(highlight=False, emoji=False, **settings)

    def render_str(self, text: str, **how):
        return super().render_str(harmless(text), **how)

    def render(self, *what, **how):
        for segment in super().render(*what, **how):
            if segment.control:  # of rich itself, such as a bar that is drawn again
                yield segment
            else:
                yield Segment(harmless(segment.text), segment.style)


def console(quiet: bool) -> Terminal:
    """Where people read: stdout, or stderr when a program reads stdout."""
    return Terminal(stderr=quiet, soft_wrap=not sys.stdout.isatty())


def say(text: Any, quiet: bool = False) -> None:
    console(quiet).print(str(text), markup=False)


def announce(scenario: Scenario, out, quiet: bool) -> None:
    say(f"{scenario.name}: {scenario.title}", quiet)
    for note in scenario.notes:
        say(f"  {note}", quiet)
    arms = ", ".join(scenario.arms)
    say(f"  {len(scenario.arms)} arms ({arms}), {scenario.seeds} seeds, saved in {out}", quiet)


def live_bars(shown: bool | None = None) -> Bars:
    """Bars on stderr, where a person is looking: what, how far, what now, how long."""
    return Bars(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[now]}", markup=False),
        TimeElapsedColumn(),
        console=Terminal(stderr=True),
        disable=not (watched() if shown is None else shown),
    )


def watched() -> bool:
    """Whether a person is looking: at a terminal or a notebook."""
    return sys.stderr.isatty() or Console().is_jupyter


class Progress:
    """A live bar per arm: generations done over all seeds, and the current effective number."""

    def __init__(self, scenario: Scenario, quiet: bool, shown: bool | None = None):
        self.bars = live_bars(shown)
        self.seeds = scenario.seeds
        self.tasks, self.done = {}, {}
        for name, arm in scenario.arms.items():
            total = arm.generations * scenario.seeds
            self.tasks[name] = self.bars.add_task(name, total=total, now="compiling")

    def __enter__(self) -> "Progress":
        self.bars.start()
        return self

    def __exit__(self, *_) -> None:
        self.bars.stop()

    def report(self, block) -> None:
        """Called from the threads that run the blocks."""
        self.done[block.name, block.number] = block.done * block.wanted
        completed = sum(n for (name, _), n in list(self.done.items()) if name == block.name)
        curve = block.record[-1]["curves"].get("effective_number")
        last = None if curve is None else curve[: block.wanted, -1]
        self._show(block.name, completed, block.done, last)

    def reached(self, arm: str, generation: int, record: dict) -> None:
        """All seeds of an arm have come to a generation; ``record`` is (generations, S)."""
        curve = record["curves"].get("effective_number")
        last = None if curve is None else curve[-1]
        self._show(arm, generation * self.seeds, generation, last)

    def _show(self, arm: str, completed: int, generation: int, effective_number) -> None:
        now = f"generation {generation}"
        if effective_number is not None:
            now += f", effective number {effective_number.mean():.1f}"
        self.bars.update(self.tasks[arm], completed=completed, now=now)


def number(value: float | None, digits: int = 4) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, str):
        return value
    return f"{value:.{digits}g}" if math.isfinite(value) else ("inf" if value > 0 else "-inf")


def document(run, seconds: float) -> dict:
    """What ``--json`` prints: the table, half-lives, samples and where the files are."""
    from collapse.report import run_summary

    return run_summary.plain(
        {
            "command": "run",
            "format": 1,
            "scenario": run.manifest["scenario"],
            "directory": str(run.directory),
            "finished": run.manifest["finished"],
            "seeds": run.manifest["seeds"],
            "generations": run.generations,
            "seconds": round(seconds, 2),
            "notes": run.manifest["notes"],
            "warnings": run_summary.warnings(run),
            "table": run_summary.table(run),
            "half_life": run_summary.half_lives(run),
            "samples": run_summary.samples(run),
        }
    )


def show(run, doc: dict) -> None:
    """The closing table (interval by Student's t), the half-lives and the samples."""
    out = console(False)
    last = doc["generations"]
    out.print(results_table(doc, last))
    if any(row["cut"] for row in doc["table"]):
        out.print(CUT)
    if doc["half_life"]:
        most = max(about["parts"]["n"] for about in run.manifest["arms"].values())
        how = "; ".join(dict.fromkeys(method(life) for life in doc["half_life"].values()))
        out.print(
            f"Half-life of the effective number (at most n = {most}), in generations from the real "
            f"data on ({how}):"
        )
    for arm, life in doc["half_life"].items():
        out.print(f"  {arm}: {banded(life, last=last)}")
    for arm, by_generation in doc["samples"].items():
        out.print(samples_table(arm, by_generation))
    for warning in doc["warnings"]:
        out.print(f"Note: {warning}", markup=False)
    out.print(f"Saved in {run.directory} ({doc['seconds']:.0f} s). ", end="", markup=False)
    out.print(f"Draw it: collapse figure {run.directory}", markup=False)


def results_table(doc: dict, last: int) -> Table:
    table = Table(title=f"Means over {doc['seeds']} seeds", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("", no_wrap=True)
    for heading in ("real data", "gen 1", f"gen {last}", "95 % interval"):
        table.add_column(heading, justify="right", no_wrap=True)
    previous = None
    for row in doc["table"]:
        if row["arm"] != previous:
            table.add_section()
            table.add_row(f"[bold]{escape(row['arm'])}[/bold]")
            previous = row["arm"]
        cells = [number(row[k]) for k in ("real", "first", "last")]
        name = row["measure"].replace("_", " ")
        unit = " (nats)" if row["unit"] == "nats" else ""
        table.add_row(f"  {name}{unit}", *cells, ends(row))
    return table


CUT = "* An end of the interval was outside what the measure can be, and was moved to its limit."


def ends(band: dict, digits: int = 3, last: int | None = None) -> str:
    """ "low .. high" of a band, with a star where an end was cut; a dash of one without ends. What
    is not reached within the ``last`` generation is above it."""
    if number(band["low"]) == "-":
        return "-"
    low, high = (reached(band[k], digits, last) for k in ("low", "high"))
    return f"{low} .. {high}{' *' if band['cut'] else ''}"


def banded(band: dict, digits: int = 3, last: int | None = None) -> str:
    """The centre of a band with its ends, "31 (28 .. 34)"; alone where it has none, or where none
    of them is reached."""
    centre, around = reached(band["centre"], digits, last), ends(band, digits, last)
    alone = around == "-" or (centre.startswith(">") and around == f"{centre} .. {centre}")
    return centre if alone else f"{centre} ({around})"


def reached(value: float | str | None, digits: int = 3, last: int | None = None) -> str:
    """A number of generations; "> 50" of what is not reached within 50."""
    text = number(value, digits)
    return f"> {last}" if text == "inf" and last is not None else text


def method(band: dict) -> str:
    """ "median, 99.2 %, 8 seeds": how often such an interval holds the true one."""
    covers = "no interval" if number(band["covers"]) == "-" else f"{100 * band['covers']:.3g} %"
    return f"{band['method']}, {covers}, {band['seeds']} seed{'' if band['seeds'] == 1 else 's'}"


def samples_table(arm: str, by_generation: dict) -> Table:
    table = Table(title=f"{arm}: what seed 0 says", title_justify="left", show_lines=False)
    for generation in by_generation:
        table.add_column(f"generation {generation}", overflow="fold", ratio=1)
    columns = [list(items) for items in by_generation.values()]
    for row in zip(*columns, strict=False):
        table.add_row(*[escape(text) for text in row])
    return table


def show_plan(doc: dict) -> None:
    table = Table(title=f"{doc['scenario']}: {doc['seeds']} seeds")
    for heading in ("arm", "generations", "kept", "candidates", "at once", "state", "memory"):
        table.add_column(heading, justify="left" if heading == "arm" else "right")
    for name, arm in doc["arms"].items():
        sizes = (arm["generations"], arm["n"], arm["candidates"], arm["batch_seeds"])
        memory = (f"{arm['state_megabytes']:.1f} MB", f"{arm['megabytes']:.0f} MB")
        table.add_row(name, *map(str, sizes), *memory)
    console(True).print(table)
    for note in doc["notes"]:
        say(note, quiet=True)
    say(f"Expected memory of the process: about {doc['megabytes']:.0f} MB.", quiet=True)
    if work := doc["training_operations"]:
        said = f"{work:.2g} operations in products of matrices, over all arms and seeds."
        say(f"Training: about {said}", quiet=True)


class Ticks:
    """A live count of what has been looked at."""

    def __init__(self, total: int, what: str, quiet: bool):
        self.bar = live_bars()
        self.task = self.bar.add_task(what, total=total, now="compiling")

    def __enter__(self) -> "Ticks":
        self.bar.start()
        return self

    def __exit__(self, *_) -> None:
        self.bar.stop()

    def report(self, now: str, done: int) -> None:
        self.bar.update(self.task, advance=done, now=now)


WIDE = 150  # columns from which on a claim fits one line


def show_claims(rows: list[dict], seconds: float) -> None:
    """Every claim with its numbers, one line each where the terminal is wide enough."""
    out = console(False)
    shown = []
    for row in rows:
        shown.append(row)
        if "first" in row:
            shown.append(row["first"] | {"claim": "  the same on the first key"})
    if out.width >= WIDE:
        out.print(claims_table(shown))
    else:
        for row in shown:
            out.print(claim_lines(row))
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["verdict"]] = counts.get(row["verdict"], 0) + 1
    said = ", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items()))
    out.print(f"{len(rows)} claims in {seconds:.0f} s: {said}.")
    out.print(
        "z: standard errors from what is expected, beyond the error a formula is allowed "
        "(of identities: over their tolerance). detects: the smallest deviation that would have "
        "failed, 95 times in 100."
    )


def claims_table(rows: list[dict]) -> Table:
    table = Table(box=SIMPLE_HEAD)
    for heading in ("verdict", "kind"):
        table.add_column(heading, no_wrap=True)
    for heading in ("expected", "measured", "s.e.", "z", "detects"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("claim", overflow="fold", ratio=3)
    table.add_column("source", overflow="fold", ratio=2)
    for row in rows:
        texts = (escape(row["claim"]), escape(row["source"]))
        table.add_row(verdict_text(row), row["kind"], *claim_numbers(row).values(), *texts)
    return table


def claim_lines(row: dict) -> str:
    numbers = "  ".join(f"{name} {text}" for name, text in claim_numbers(row).items())
    name, source = escape(row["claim"]), escape(row["source"])
    return (
        f"{verdict_text(row)}  {name}\n        {numbers}\n        [dim]{row['kind']}: {source}[/]"
    )


def claim_numbers(row: dict) -> dict[str, str]:
    error = number(row["standard_error"], 2) if row["standard_error"] else "exact"
    return {
        "expected": number(row["expected"], 5),
        "measured": number(row["measured"], 5),
        "s.e.": error,
        "z": number(row["z"], 2),
        "detects": number(row["detects"], 2),
    }


def verdict_text(row: dict) -> str:
    return "[bold red]FAILS[/] " if row["verdict"] == "FAILS" else row["verdict"]

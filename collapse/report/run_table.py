"""A run in the terminal: its title, the closing table, half-lives, samples; and a planned one."""

from rich.markup import escape
from rich.table import Table

from collapse.report import run_summary
from collapse.report.console import console, say
from collapse.report.document import document
from collapse.report.numbers import CLIPPED, estimate, interval, methods, number
from collapse.report.tables import add, show, table
from collapse.scenario.scenario import Scenario


def announce(scenario: Scenario, out, quiet: bool) -> None:
    """Print what is run, and where it is saved."""
    say(f"{scenario.name}: {scenario.title}", quiet)
    for note in scenario.notes:
        say(f"  {note}", quiet)
    arms = ", ".join(scenario.arms)
    count, seeds = len(scenario.arms), scenario.seeds
    sizes = f"{count} arm{'s' * (count != 1)} ({arms}), {seeds} seed{'s' * (seeds != 1)}"
    say(f"  {sizes}, saved in {out}", quiet)


def run_document(run, seconds: float) -> dict:
    """The document of ``collapse run``: the table, half-lives, samples and where the files are."""
    body = {
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
    return document("run", body)


def show_run(run, doc: dict) -> None:
    """Print the document of a run."""
    last, lives = doc["generations"], doc["half_life"]
    show(results_table(doc))
    if any(row["last"]["clipped"] for row in doc["table"]):
        show(CLIPPED)
    if lives:
        most = max(about["parts"]["n"] for about in run.manifest["arms"].values())
        show(
            f"Half-life of the effective number (at most n = {most}), in generations from the real "
            f"data on ({methods(lives.values())}):",
            [f"  {arm}: {estimate(life, last=last)}" for arm, life in lives.items()],
        )
    show(*[samples_table(arm, items) for arm, items in doc["samples"].items()])
    show([f"Note: {warning}" for warning in doc["warnings"]])
    show(
        f"Saved in {run.directory} ({doc['seconds']:.0f} s). "
        f"Draw it: collapse figure {run.directory}"
    )


def results_table(doc: dict) -> Table:
    """Means over seeds of the headline curves of each arm, from the document of a run."""
    headings = ("", "real data", "gen 1", f"gen {doc['generations']}", "95 % interval")
    made = table(f"Means over {doc['seeds']} seeds", *headings, fold=False)
    previous = None
    for row in doc["table"]:
        if row["arm"] != previous:
            made.add_section()
            made.add_row(f"[bold]{escape(row['arm'])}[/bold]")
            previous = row["arm"]
        unit = " (nats)" if row["unit"] == "nats" else ""
        cells = [number(row[k]["value"], 4) for k in ("real", "first", "last")]
        add(made, f"  {row['measure'].replace('_', ' ')}{unit}", *cells, interval(row["last"]))
    return made


def samples_table(arm: str, by_generation: dict) -> Table:
    """Items of the first seed, a column for each generation."""
    made = Table(title=escape(f"{arm}: samples of seed 0"), title_justify="left")
    for generation in by_generation:
        made.add_column(f"generation {generation}", overflow="fold", ratio=1)
    for row in zip(*by_generation.values(), strict=False):
        add(made, *row)
    return made


def show_plan(doc: dict) -> None:
    """Print the document of a dry run on stderr."""
    headings = ("arm", "generations", "kept", "candidates", "at once", "state", "memory")
    made = table(f"{doc['scenario']}: {doc['seeds']} seeds", *headings)
    for name, arm in doc["arms"].items():
        sizes = (arm["generations"], arm["n"], arm["candidates"], arm["batch_seeds"])
        memory = (f"{arm['state_megabytes']:.1f} MB", f"{arm['megabytes']:.0f} MB")
        add(made, name, *map(str, sizes), *memory)
    console(True).print(made)
    for note in doc["notes"]:
        say(note, quiet=True)
    say(f"Expected memory of the process: about {doc['megabytes']:.0f} MB.", quiet=True)
    if work := doc["training_operations"]:
        flops = f"{work:.2g} operations in matrix products, over all arms and seeds."
        say(f"Training: about {flops}", quiet=True)

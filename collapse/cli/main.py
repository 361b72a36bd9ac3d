"""The command line. Thin: it reads options, calls the library and prints.

Nothing heavy is imported before a command needs it: ``--help`` and ``list`` start without jax.
"""

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from collapse.cli import complete
from collapse.cli.emit import emit
from collapse.cli.options import (
    BatchSeeds,
    Data,
    Executor,
    Field,
    Generations,
    Json,
    JudgeOption,
    Key,
    Labels,
    Length,
    Out,
    Precision,
    Seeds,
    Settings,
    Size,
    Tokens,
    Unit,
    Vocab,
)
from collapse.cli.outputs import calibrate, forecast, measure, probe
from collapse.errors import UserError, harmless


class _Group(TyperGroup):
    """Commands whose errors of usage quote what was given and do nothing to a terminal."""

    def make_context(self, *arguments, **named):
        with _quoting():
            return super().make_context(*arguments, **named)

    def invoke(self, context):
        with _quoting():
            return super().invoke(context)


@contextmanager
def _quoting():
    try:
        yield
    except Exception as error:
        if isinstance(message := getattr(error, "message", None), str):
            error.message = harmless(message)
        raise


def _version(asked: bool) -> None:
    if asked:
        import collapse

        print(collapse.__version__)
        raise typer.Exit


app = typer.Typer(
    cls=_Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="A toolkit for model collapse: train generations of models on their own, judged output.",
)


@app.callback()
def start(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    pass


@app.command("list")
def list_(
    kind: Annotated[
        str | None,
        typer.Argument(
            help="scenarios, judges, regimes, ...", autocompletion=complete.listed_kinds
        ),
    ] = None,
    json_: Json = False,
) -> None:
    """List scenarios and parts with a one-line description."""
    from collapse.commands import listing

    rows = listing.listed(kind)
    if json_:
        from collapse.report.document import document

        emit(document("list", {"rows": rows}), json_)
    else:
        print(harmless(listing.text(rows)))


@app.command()
def run(
    name: Annotated[
        str | None,
        typer.Argument(help="A scenario, or FILE.py.", autocompletion=complete.scenarios),
    ] = None,
    seeds: Seeds = None,
    generations: Generations = None,
    out: Out = None,
    judge: JudgeOption = None,
    settings: Settings = None,
    data: Data = None,
    field: Field = None,
    unit: Unit = None,
    tokens: Tokens = None,
    length: Length = None,
    vocab: Vocab = None,
    labels: Labels = None,
    key: Key = 0,
    batch_seeds: BatchSeeds = None,
    precision: Precision = "single",
    size: Size = None,
    dry_run: Annotated[bool, typer.Option(help="Print arms, sizes and memory; run none.")] = False,
    json_: Json = False,
) -> None:
    """Run a scenario; the same command resumes or extends it."""
    from collapse.commands import run as command
    from collapse.commands.request import FIELDS, Options

    options = Options(**{k: v for k, v in locals().items() if k in FIELDS})
    document = command.dry_run(options) if dry_run else command.run(options, json_)
    emit(document, json_)


@app.command()
def rerun(
    run: Annotated[Path, typer.Argument(help="Directory of a finished run.")],
    name: Annotated[
        str | None, typer.Option(help="FILE.py of its scenario, if it is one's own.")
    ] = None,
    judge: JudgeOption = None,
    data: Data = None,
    labels: Labels = None,
    json_: Json = False,
) -> None:
    """Repeat a run from its manifest and compare: equal bits, a difference, or why not."""
    from collapse.commands import rerun as command
    from collapse.commands.request import Options

    given = Options(name=name, judge=judge, data=data, labels=labels)
    document, repeated = command.rerun(run, given, json_)
    emit(document, json_)
    if not repeated:
        sys.exit(1)


@app.command()
def sweep(
    name: Annotated[
        str | None,
        typer.Argument(help="A scenario, or FILE.py.", autocompletion=complete.scenarios),
    ] = None,
    over: Annotated[
        list[str] | None,
        typer.Option(
            help="[ARM:]PATH=A,B,... or PATH=LOW:HIGH:COUNT[:log]; repeatable: every combination."
        ),
    ] = None,
    value: Annotated[
        str | None,
        typer.Option(
            help="CURVE, CURVE@T, half-life:CURVE, wait:CURVE:LEVEL or claim:NAME; default: the "
            "first headline curve at the end."
        ),
    ] = None,
    arm: Annotated[str | None, typer.Option(help="Run and draw this arm alone.")] = None,
    threshold: Annotated[
        float | None, typer.Option(help="Draw the line along which the value is this.")
    ] = None,
    find: Annotated[
        str | None,
        typer.Option(help="[ARM:]PATH=LOW:HIGH: search where --such-that begins to hold."),
    ] = None,
    such_that: Annotated[
        str | None,
        typer.Option(help="CURVE[@T] >= NUMBER, or <=; NUMBER * first or * real for multiples."),
    ] = None,
    executor: Executor = None,
    seeds: Seeds = None,
    generations: Generations = None,
    out: Annotated[Path | None, typer.Option(help="Default: sweeps/NAME.")] = None,
    judge: JudgeOption = None,
    settings: Settings = None,
    data: Data = None,
    field: Field = None,
    unit: Unit = None,
    tokens: Tokens = None,
    length: Length = None,
    vocab: Vocab = None,
    labels: Labels = None,
    key: Key = 0,
    precision: Precision = "single",
    size: Size = None,
    json_: Json = False,
) -> None:
    """Run a scenario over a grid of settings, and draw a value over them; the same command
    resumes."""
    from collapse.commands.request import FIELDS, Options
    from collapse.commands.sweep import command

    options = Options(**{k: v for k, v in locals().items() if k in FIELDS})
    grid = command.Grid(over or [], value, arm, threshold, executor, find, such_that)
    if find is None:
        document, failed = command.sweep(options, grid, json_)
    else:
        document, failed = command.threshold(options, grid, json_), False
    emit(document, json_)
    if failed:
        sys.exit(1)


@app.command()
def figure(
    name: Annotated[
        str,
        typer.Argument(
            help="A scenario, FILE.py, the directory of a run, or all.",
            autocompletion=complete.scenarios,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="Where to write; default: the run.")] = None,
    interval: Annotated[
        str | None, typer.Option(help="t, median or bootstrap; default: what suits each curve.")
    ] = None,
    venue: Annotated[
        str | None,
        typer.Option(help="neurips, icml, acl, nature, slide, or WIDTHxHEIGHT in inches."),
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(help="ARM=TEXT, the name of an arm; repeatable.")
    ] = None,
    log: Annotated[str | None, typer.Option(help="y: a logarithmic vertical axis.")] = None,
    curves: Annotated[
        str | None, typer.Option(help="A panel for each of these, with commas between.")
    ] = None,
    arms: Annotated[str | None, typer.Option(help="These arms alone, with commas between.")] = None,
    data: Annotated[
        Path | None, typer.Option(help="CSV of published points: arm, curve, generation, value.")
    ] = None,
    json_: Json = False,
) -> None:
    """Draw the figure of a run as PDF, PNG and SVG, with its numbers as CSV."""
    from collapse.commands import figure as command
    from collapse.commands.figure_options import Chosen

    chosen = Chosen(interval, venue, label, log, curves, arms, data)
    document = command.figure(name, out, chosen, json_)
    emit(document, json_)


@app.command()
def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="Scenarios with claims, or FILE.py; default: all closed-form claims."),
    ] = None,
    seeds: Seeds = None,
    thorough: Annotated[bool, typer.Option(help="All claims, 100,000 seeds where cheap.")] = False,
    precision: Precision = "single",
    size: Size = None,
    data: Data = None,
    field: Field = None,
    unit: Unit = None,
    tokens: Tokens = None,
    length: Length = None,
    vocab: Vocab = None,
    labels: Labels = None,
    json_: Json = False,
) -> None:
    """Check the simulator against known laws, claim by claim; exit code 1 if one fails."""
    from collapse.commands.request import FIELDS, Options
    from collapse.commands.verify import command

    options = Options(**{k: v for k, v in locals().items() if k in FIELDS})
    document, failed = command.verify(names or [], options, thorough, json_)
    emit(document, json_)
    if failed:
        sys.exit(1)


@app.command()
def reproduce(
    papers: Annotated[
        list[str] | None,
        typer.Argument(
            help="Keys such as shumailov2024, scenarios, or FILE.py; default: all papers.",
            autocompletion=complete.papers,
        ),
    ] = None,
    size: Annotated[str, typer.Option(help="quick, laptop or paper.")] = "quick",
    out: Annotated[Path | None, typer.Option(help="Where runs are kept: reproduced.")] = None,
    listed: Annotated[
        bool, typer.Option("--list", help="Name papers, claims and minutes; run nothing.")
    ] = False,
    cite: Annotated[bool, typer.Option("--cite", help="Print the BibTeX entries to cite.")] = False,
    json_: Json = False,
) -> None:
    """Run what reproduces papers, and say of each claim whether it holds."""
    from collapse.commands.reproduce import command

    if listed and cite:
        raise UserError("Give --list or --cite, not both.")
    if cite:
        document = command.cite(papers or [])
    elif listed:
        document = command.list_papers(papers or [], size, json_)
    else:
        document = command.reproduce(papers or [], size, out, json_)
    emit(document, json_)
    if cite and not json_:
        print("\n\n".join(document["bibtex"]))


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="RUN, the directory of a run, or RUN:ARM.")],
    second: Annotated[str | None, typer.Argument(help="Second run, or RUN:ARM.")] = None,
    generation: Annotated[
        int | None, typer.Option(help="Generation at which to compare; default: the last.")
    ] = None,
    interval: Annotated[
        str | None, typer.Option(help="t, median or bootstrap; default: t of differences.")
    ] = None,
    level: Annotated[
        float | None, typer.Option(help="Also: when each curve is down, or up, to this.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Where to write figure and JSON.")] = None,
    json_: Json = False,
) -> None:
    """Compare two runs or arms seed by seed, or find trends and jumps in one run."""
    from collapse.commands.compare.command import compare as compared

    document = compared(first, second, generation, interval, level, out, json_)
    emit(document, json_)


@app.command()
def judge(
    where: Annotated[str, typer.Argument(help="FILE.py:Class, or a listed name.")],
    scenario: Annotated[str, typer.Option(help="The world it is tried in.")] = "answers",
    seeds: Annotated[int | None, typer.Option(help="Independent repetitions; default: 16.")] = None,
    generations: Annotated[
        int | None, typer.Option(help="How often the model is retrained; default: 50.")
    ] = None,
    n: Annotated[
        int | None, typer.Option("-n", help="Items kept each generation; default: 1000.")
    ] = None,
    calls: Annotated[
        int | None,
        typer.Option(help="Questions to a judge outside JAX at most; its card is coarser."),
    ] = None,
    key: Key = 0,
    out: Annotated[Path | None, typer.Option(help="Default: cards/NAME.")] = None,
    json_: Json = False,
) -> None:
    """Report what training on the items a judge keeps does to a model."""
    from collapse.commands.judge.command import report_card

    sizes = {"seeds": seeds, "generations": generations, "n": n}
    card = report_card(where, scenario, sizes, calls, key, out, json_)
    emit(card, json_)


for verb in (probe, calibrate, measure, forecast):
    app.command()(verb)


@app.command()
def export(
    run: Annotated[Path, typer.Argument(help="Directory of a run.")],
    kind: Annotated[str, typer.Option("--format", help="csv, parquet, netcdf, or jsonl.")] = "csv",
    out: Annotated[Path | None, typer.Option(help="File to write; default: in the run.")] = None,
    json_: Json = False,
) -> None:
    """Write the per-seed curves of a run as CSV, Parquet or NetCDF, or its samples as JSONL."""
    from collapse.commands.export import export_run

    document = export_run(run, kind, out, json_)
    emit(document, json_)


@app.command()
def new(
    kind: Annotated[
        str,
        typer.Argument(
            help="judge, model, regime, sampler, measure, learner, scenario or figure.",
            autocompletion=complete.new_kinds,
        ),
    ],
    name: Annotated[str, typer.Argument(help="What to call it, e.g. my-judge: class MyJudge.")],
    out: Annotated[Path | None, typer.Option(help="File or folder; default: NAME.py here.")] = None,
    json_: Json = False,
) -> None:
    """Write a short runnable file to start a part of your own from."""
    from collapse.commands.new import command

    document = command.new(kind, name, out)
    emit(document, json_)
    if not json_:
        print(command.text(document))


def main() -> None:
    """Entry point: a user's mistake is a sentence and exit code 2, never a traceback."""
    try:
        app()
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        _complain([f"cannot write or read{where}: {error.strerror or error}."])
        sys.exit(2)
    except UserError as mistake:
        _complain(mistake.sentences)
        sys.exit(2)
    except RuntimeError as error:  # of jax, which is not imported here
        if "RESOURCE_EXHAUSTED" not in str(error):
            raise
        told = "The memory ran out: lower n (--set n=...), --batch-seeds or --generations."
        print(f"Error: {told}", file=sys.stderr)
        sys.exit(2)


def _complain(sentences: list[str]) -> None:
    for sentence in sentences:
        print(harmless(f"Error: {sentence}"), file=sys.stderr)


if __name__ == "__main__":
    main()

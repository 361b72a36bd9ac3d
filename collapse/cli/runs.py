"""The commands that run scenarios, and those about runs. Thin: ``main`` registers them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

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
    ScenarioName,
    Seeds,
    Settings,
    Size,
    Tokens,
    Unit,
    Vocab,
)


def run(
    name: ScenarioName = None,
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


def rerun(
    run: Annotated[Path, typer.Argument(help="Directory of a finished run.")],
    name: Annotated[
        str | None, typer.Option(help="FILE.py of the scenario, if it is your own.")
    ] = None,
    judge: JudgeOption = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A setting of the run whose value is code; repeatable."),
    ] = None,
    data: Data = None,
    labels: Labels = None,
    json_: Json = False,
) -> None:
    """Repeat a run from its manifest and compare: equal bits, a difference, or why not."""
    from collapse.commands import rerun as command
    from collapse.commands.request import Options

    given = Options(name=name, judge=judge, settings=settings, data=data, labels=labels)
    document, repeated = command.rerun(run, given, json_)
    emit(document, json_)
    if not repeated:
        sys.exit(1)


def sweep(
    name: ScenarioName = None,
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
    law: Annotated[
        str | None,
        typer.Option(
            help="FILE.py:function of the first setting, drawn dashed: the expected value, or of "
            "two settings the second one at the threshold."
        ),
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
    grid = command.Grid(over or [], value, arm, threshold, executor, find, such_that, law)
    if find is None:
        document, failed = command.sweep(options, grid, json_)
    else:
        document, failed = command.threshold(options, grid, json_), False
    emit(document, json_)
    if failed:
        sys.exit(1)


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

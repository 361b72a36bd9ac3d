"""The command line. Thin: it reads options, calls the library and prints.

Nothing heavy is imported before a command needs it: ``--help`` and ``list`` start without jax.
"""

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from collapse.cli import complete
from collapse.cli.options import (
    BatchSeeds,
    Data,
    Exclude,
    Explain,
    Field,
    Generations,
    Include,
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
    Strict,
    Tokens,
    Unit,
    Vocab,
)
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

        _print(document("list", {"rows": rows}))
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
    if json_:
        _print(document)


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
    if json_:
        _print(document)


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
    if json_:
        _print(document)
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
    if json_:
        _print(document)
    elif cite:
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
    if json_:
        _print(document)


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
    if json_:
        _print(card)


@app.command()
def probe(
    judge: Annotated[
        str, typer.Option("--judge", help="FILE.py:NAME, a listed name, or llm; as for run.")
    ],
    items: Annotated[
        Path | None, typer.Option(help="Ordinary answers, as for measure; default: jokes.")
    ] = None,
    field: Annotated[str | None, typer.Option(help="Column of the answers.")] = None,
    prompt: Annotated[str | None, typer.Option(help="Column of the prompt.")] = None,
    calls: Annotated[
        int | None, typer.Option(help="Questions to a judge outside JAX at most; default: 600.")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(help="The world of a judge in JAX; default: jokes.")
    ] = None,
    key: Key = 0,
    out: Annotated[Path | None, typer.Option(help="Default: probes/NAME.")] = None,
    json_: Json = False,
) -> None:
    """Try what earns a judge's reward without deserving it, and what real data hold it."""
    from collapse.commands.probe.command import probe as probed

    document = probed(judge, items, (field, prompt), calls, scenario, key, out, json_)
    if json_:
        _print(document)


@app.command()
def calibrate(
    verdicts: Annotated[
        list[Path],
        typer.Argument(help="Verdicts of a judge, and of people; any files, see docs/measure.md."),
    ],
    answers: Annotated[
        list[Path] | None, typer.Option(help="File of the answers that were judged; repeatable.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Where to write the judge.")] = Path("calibrated.py"),
    columns: Annotated[
        list[str] | None, typer.Option(help="NAME=COLUMN, e.g. choice=verdict; or by their names.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Text under which to measure how typical an item is.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option(help="The score from which on an item counts as kept.")
    ] = None,
    strict: Strict = False,
    explain: Explain = False,
    json_: Json = False,
) -> None:
    """Audit a judge: estimate its biases and noise from its verdicts, and write a judge like it."""
    from collapse.commands.calibrate import command

    document = command.calibrate(
        verdicts, out, columns or [], reference, answers or [], threshold, json_, strict, explain
    )
    if json_:
        _print(document)


@app.command()
def measure(
    files: Annotated[
        list[Path],
        typer.Argument(help="Answers: files of any kind, archives, folders; see docs/measure.md."),
    ],
    field: Annotated[
        str | None,
        typer.Option(help="Column of the answers, or a path: choices[].text; else guessed."),
    ] = None,
    prompt: Annotated[str | None, typer.Option(help="Column of the prompt.")] = None,
    group_by: Annotated[
        str | None, typer.Option(help="Column of the model or generation; default: the file.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="Answers to hold them against, such as people's.")
    ] = None,
    classes: Annotated[
        str | None,
        typer.Option(help="Column of classes of equal meaning, such as NoveltyBench's partition."),
    ] = None,
    scores: Annotated[
        str | None, typer.Option(help="Column of scores; with --classes: generation_scores.")
    ] = None,
    right: Annotated[
        str | None, typer.Option(help="Column of the right answer, or of whether it is right.")
    ] = None,
    options: Annotated[
        int | None, typer.Option(help="Answers to choose from; with --right, for the chance.")
    ] = None,
    embed: Annotated[
        str | None,
        typer.Option(help="FILE.py:function, texts to vectors (n, d); default: their spelling."),
    ] = None,
    words: Annotated[
        str | None,
        typer.Option(
            help="unicode (default), whitespace, char or FILE.py:function; with ,case and "
            ",punctuation these count."
        ),
    ] = None,
    normalise: Annotated[
        str | None,
        typer.Option(
            help="What is made equal: nfc (default), nfkc, quotes, case, punctuation, space, none."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Default: measures/NAME of the file.")] = None,
    include: Include = None,
    exclude: Exclude = None,
    strict: Strict = False,
    explain: Explain = False,
    by: Annotated[
        str | None,
        typer.Option(help="Column of the step of RL rollouts; or the number in a file's name."),
    ] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="Test two sets of answers against each other.")
    ] = False,
    power: Annotated[
        list[str] | None,
        typer.Option(help="With --compare: prompts that a difference needs, NAME=2 or NAME=1.2x."),
    ] = None,
    fail_below: Annotated[
        list[str] | None,
        typer.Option(help="Exit code 1 below NAME=20, or below NAME=0.9x the reference's."),
    ] = None,
    fail_above: Annotated[
        list[str] | None, typer.Option(help="Exit code 1 above it, as for --fail-below.")
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Tables as Markdown on stdout, for a pull request.")
    ] = False,
    json_: Json = False,
) -> None:
    """Measure the diversity of real model outputs: tables, a figure, a summary in words."""
    from collapse.commands.measure.columns import Columns
    from collapse.commands.measure.command import measure as measured
    from collapse.commands.measure.gates import failed
    from collapse.files.troubles import left_out

    columns = Columns(field, prompt, group_by, classes, scores, right, left_out(include, exclude))
    asks = {"compare": compare, "power": power or [], "reference": reference is not None}
    asks |= {"below": fail_below or [], "above": fail_above or []}
    asked = {"words": words, "normalise": normalise, "options": options}
    if markdown and json_:
        raise UserError("Give --json or --markdown, not both: each has stdout for itself.")
    quiet = json_ or markdown
    if by:
        from collapse.commands.measure.steps.command import measure_steps

        others = {"--reference": reference, "--group-by": group_by, "--classes": classes}
        others |= {"--embed": embed, "--compare": compare, "--power": power}
        others |= {"--fail-below": fail_below, "--fail-above": fail_above, "--markdown": markdown}
        others |= {"--right": right, "--options": options}
        others |= {"--words": words, "--normalise": normalise}
        document = measure_steps(files, columns, by, strict, out, quiet, explain, others)
    else:
        document = measured(
            files, columns, reference, strict, embed, out, quiet, explain, asks, **asked
        )
    if json_:
        _print(document)
    if markdown:
        from collapse.commands.measure.markdown import markdown as as_markdown

        sys.stdout.write(as_markdown(document))
    if not by and (sentences := failed(document)):
        for sentence in sentences:
            print(harmless(sentence), file=sys.stderr)
        sys.exit(1)


@app.command()
def forecast(
    file: Annotated[Path, typer.Argument(help="Answers of a model, as for collapse measure.")],
    field: Annotated[str | None, typer.Option(help="Column of the answers.")] = None,
    prompt: Annotated[
        str | None, typer.Option(help="Column of the prompt: a forecast of each.")
    ] = None,
    group_by: Annotated[
        str | None, typer.Option(help="Column of the model: a forecast of each.")
    ] = None,
    reference: Annotated[
        Path | None, typer.Option(help="The same answers as people give them.")
    ] = None,
    real: Annotated[
        list[float] | None, typer.Option(help="Share of real data; repeatable.")
    ] = None,
    judge: Annotated[str | None, typer.Option(help="What filters them: as for run.")] = None,
    out: Annotated[Path | None, typer.Option(help="Default: forecasts/NAME of the file.")] = None,
    include: Include = None,
    exclude: Exclude = None,
    strict: Strict = False,
    explain: Explain = False,
    json_: Json = False,
) -> None:
    """Forecast what training the next models on real model outputs would do."""
    from collapse.commands.forecast.command import forecast as forecasted
    from collapse.commands.measure.columns import Columns
    from collapse.files.troubles import left_out

    columns = Columns(field, prompt, group_by, without=left_out(include, exclude))
    document = forecasted(file, columns, reference, real or [], judge, out, json_, strict, explain)
    if json_:
        _print(document)


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
    if json_:
        _print(document)


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
    if json_:
        _print(document)
    else:
        print(command.text(document))


def _print(document) -> None:
    """What ``--json`` says: one document, and nothing else on stdout."""
    print(harmless(json.dumps(document, indent=1, ensure_ascii=False)))


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

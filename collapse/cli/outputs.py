"""The commands about outputs of models and verdicts of judges that people have, and about what a
judge rewards. Thin, as ``main``, which registers them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collapse.cli.emit import emit
from collapse.cli.options import Exclude, Explain, Include, Json, Key, Strict
from collapse.errors import harmless


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
        int | None, typer.Option(help="Most questions to ask a judge outside JAX; default: 600.")
    ] = None,
    scenario: Annotated[
        str | None,
        typer.Option(help="Scenario whose items a judge in JAX is tried on; default: jokes."),
    ] = None,
    key: Key = 0,
    out: Annotated[Path | None, typer.Option(help="Default: probes/NAME.")] = None,
    json_: Json = False,
) -> None:
    """Probe a judge: how often empty, padded or injected answers are rewarded, and how much real
    data would keep them out of training."""
    from collapse.commands.probe.command import probe as probed

    document = probed(judge, items, (field, prompt), calls, scenario, key, out, json_)
    emit(document, json_)


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
    figure: Annotated[
        Path | None, typer.Option(help="Draw the estimates into FILE.pdf, .png or .svg.")
    ] = None,
    json_: Json = False,
) -> None:
    """Audit a judge: estimate its biases and noise from its verdicts, and write a judge like it."""
    from collapse.commands.calibrate import command

    more = strict, explain, figure
    document = command.calibrate(
        verdicts, out, columns or [], reference, answers or [], threshold, json_, *more
    )
    emit(document, json_)


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
        Path | None, typer.Option(help="Reference answers to compare with, such as people's.")
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
        int | None,
        typer.Option(help="Number of choices per question; with --right, for chance agreement."),
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
        typer.Option(
            help="With --compare: sample size to detect a difference of NAME=2 or NAME=1.2x."
        ),
    ] = None,
    fail_below: Annotated[
        list[str] | None,
        typer.Option(
            help="Exit with code 1 if below NAME=20, or NAME=0.9x the reference's number."
        ),
    ] = None,
    fail_above: Annotated[
        list[str] | None,
        typer.Option(help="Exit with code 1 if above; written as for --fail-below."),
    ] = None,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Tables as Markdown on stdout, for a pull request.")
    ] = False,
    json_: Json = False,
) -> None:
    """Measure the diversity of real model outputs: tables, a figure, a summary in words."""
    from collapse.commands.measure.command import measure as measured
    from collapse.commands.measure.gates import failed
    from collapse.files.plan import Columns
    from collapse.files.troubles import left_out

    errors: list[str] = []
    without = left_out(include, exclude, errors)
    columns = Columns(field, prompt, group_by, classes, scores, right, without)
    asks = {"compare": compare, "power": power or [], "reference": reference is not None}
    asks |= {"below": fail_below or [], "above": fail_above or []}
    asked = {"words": words, "normalise": normalise, "options": options}
    if markdown and json_:
        errors.append("Give --json or --markdown, not both: each has stdout for itself.")
    quiet = json_ or markdown
    if by:
        from collapse.commands.measure.steps.command import measure_steps

        others = {"--reference": reference, "--group-by": group_by, "--classes": classes}
        others |= {"--embed": embed, "--compare": compare, "--power": power}
        others |= {"--fail-below": fail_below, "--fail-above": fail_above, "--markdown": markdown}
        others |= {"--right": right, "--options": options}
        others |= {"--words": words, "--normalise": normalise}
        document = measure_steps(files, columns, by, strict, out, quiet, explain, others, errors)
    else:
        document = measured(
            files, columns, reference, strict, embed, out, quiet, explain, asks, errors, **asked
        )
    emit(document, json_)
    if markdown:
        from collapse.commands.measure.markdown import markdown as as_markdown

        sys.stdout.write(as_markdown(document))
    if not by and (sentences := failed(document)):
        for sentence in sentences:
            print(harmless(sentence), file=sys.stderr)
        sys.exit(1)


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
    from collapse.files.plan import Columns
    from collapse.files.troubles import left_out

    errors: list[str] = []
    columns = Columns(field, prompt, group_by, without=left_out(include, exclude, errors))
    shares = real or []
    document = forecasted(
        file, columns, reference, shares, judge, out, json_, strict, explain, errors
    )
    emit(document, json_)

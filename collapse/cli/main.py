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
from collapse.cli.claims import reproduce, verify
from collapse.cli.emit import emit
from collapse.cli.options import Json, Key
from collapse.cli.outputs import calibrate, forecast, measure, probe
from collapse.cli.runs import compare, export, figure, rerun, run, sweep
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


app.command("list")(list_)
VERBS = (
    run, rerun, sweep, figure, verify, reproduce, compare, judge, probe, calibrate, measure,
    forecast, export, new,
)  # fmt: skip
for verb in VERBS:
    app.command()(verb)


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

"""The commands about claims: laws and papers. Thin: ``main`` registers them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from collapse.cli import complete
from collapse.cli.emit import emit
from collapse.cli.options import (
    Data,
    Executor,
    Field,
    Json,
    Labels,
    Length,
    Precision,
    Seeds,
    Size,
    Tokens,
    Unit,
    Vocab,
)
from collapse.errors import UserError


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
    executor: Executor = None,
    json_: Json = False,
) -> None:
    """Check the simulator against known laws, claim by claim; exit code 1 if one fails."""
    from collapse.commands.request import FIELDS, Options
    from collapse.commands.verify import command

    options = Options(**{k: v for k, v in locals().items() if k in FIELDS})
    document, failed = command.verify(names or [], options, thorough, json_, executor)
    emit(document, json_)
    if failed:
        sys.exit(1)


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
    executor: Executor = None,
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
        document = command.reproduce(papers or [], size, out, json_, executor)
    emit(document, json_)
    if cite and not json_:
        print("\n\n".join(document["bibtex"]))

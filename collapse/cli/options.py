"""Options that several commands take, each declared once."""

from pathlib import Path
from typing import Annotated

import typer

from collapse.cli import complete

ScenarioName = Annotated[
    str | None,
    typer.Argument(help="A scenario, or FILE.py.", autocompletion=complete.scenarios),
]
Seeds = Annotated[int | None, typer.Option(help="Independent repetitions.")]
Generations = Annotated[int | None, typer.Option(help="How many times the model is retrained.")]
Key = Annotated[int, typer.Option(help="Root of all random numbers.")]
Out = Annotated[Path | None, typer.Option(help="Directory of the run; default runs/NAME.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout, nothing else.")]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="[ARM:]path=value, e.g. judge.fraction=0.1.")
]
JudgeOption = Annotated[
    str | None, typer.Option("--judge", help="FILE.py:Class or a listed name, for judged arms.")
]
Data = Annotated[
    Path | None,
    typer.Option(help="Answers or text, as for measure, or images; or prose."),
]
Field = Annotated[str | None, typer.Option(help="Column or key that holds the text.")]
Unit = Annotated[str | None, typer.Option(help="line, fortune or blob; guessed if not given.")]
Include = Annotated[
    str | None,
    typer.Option(help="Keep, with commas: failed, null, empty (cut, refusals are kept)."),
]
Exclude = Annotated[
    str | None, typer.Option(help="Leave out too, with commas: cut, refusals; by the first words.")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="Refuse files with any row that cannot be read.")
]
Explain = Annotated[
    bool, typer.Option("--explain", help="Print what each file was taken for, and rows as read.")
]
Tokens = Annotated[str | None, typer.Option(help="char, word, byte or bpe; guessed if not given.")]
Length = Annotated[int | None, typer.Option(help="Tokens in a row; guessed if not given.")]
Labels = Annotated[
    Path | None, typer.Option(help="Classes of the images of an idx file, in another.")
]
Vocab = Annotated[int | None, typer.Option(help="Tokens that bpe learns.")]
Precision = Annotated[str, typer.Option(help="single or double.")]
Size = Annotated[
    str | None,
    typer.Option(help="Preset size, for scenarios with networks: quick, laptop or paper."),
]
BatchSeeds = Annotated[
    int | None, typer.Option(help="Seeds computed side by side; fewer need less memory.")
]
Executor = Annotated[
    str | None,
    typer.Option(help="Where work runs: local:K, tcp://ADDRESS or slurm:PROFILE.toml (Dask)."),
]

"""The curves of a run as tables that other tools read, and its samples as prompts and
completions."""

import csv
import importlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import write_whole
from collapse.suggest import unknown

if TYPE_CHECKING:
    import pandas
    import xarray

    from collapse.runs.run import Run

AXES = ("arm", "seed", "generation")
# The name of the file of each format, if none is given.
FORMATS = {"csv": "curves.csv", "parquet": "curves.parquet", "netcdf": "curves.nc"}
FORMATS |= {"jsonl": "samples.jsonl"}


def columns(run: "Run") -> dict[str, np.ndarray]:
    """Arm, seed, generation and every curve, each (arms x seeds x generations,)."""
    arms, seeds, steps = len(run.arms), run.manifest["seeds"], run.generations + 1
    arm, seed, generation = (x.ravel() for x in np.indices((arms, seeds, steps)))
    axes = {"arm": np.array(run.arms)[arm], "seed": seed, "generation": generation}
    return axes | {name: values.ravel() for name, values in run.curves.items()}


def dataframe(run: "Run") -> "pandas.DataFrame":
    """A row for each arm, seed and generation."""
    return _library("pandas").DataFrame(columns(run))


def dataset(run: "Run") -> "xarray.Dataset":
    """The curves by arm, seed and generation, each with its unit."""
    axes = {
        "arm": run.arms,
        "seed": np.arange(run.manifest["seeds"]),
        "generation": np.arange(run.generations + 1),
    }
    curves = {
        name: (AXES, values, {"units": run.meaning(name).unit})
        for name, values in run.curves.items()
    }
    about = {k: run.manifest[k] for k in ("scenario", "title", "source")}
    return _library("xarray").Dataset(curves, axes, about)


def completions(run: "Run") -> str:
    """The sampled items as JSONL, one a line, in the form of TRL's prompt and completion: nothing
    was asked, so that the prompt is blank. The model is the arm."""
    rows = (
        {"prompt": "", "completion": item, "model": arm}
        | {name: sample[name] for name in ("generation", "seed")}
        for arm in run.arms
        for sample in run.samples(arm)
        for item in sample["items"]
    )
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def export(run: "Run", kind: str, path: Path | None = None) -> Path:
    """Write per-seed values of all curves, or the samples, as ``kind``, one of ``FORMATS``; into
    the run if there is no ``path``. Raises ``UserError``, also where ``path`` is a file of
    something else: only what was exported is written again."""
    if kind not in FORMATS:
        raise UserError(unknown("format", kind, list(FORMATS)))
    if path is None:
        path = (run.directory or Path()) / FORMATS[kind]
    buffer = io.BytesIO()
    if kind == "csv":
        table = columns(run)
        text = io.StringIO()
        rows = csv.writer(text, lineterminator="\n")
        rows.writerow(table)
        rows.writerows(zip(*(values.tolist() for values in table.values()), strict=True))
        buffer.write(text.getvalue().encode())
    elif kind == "parquet":
        _library("pyarrow")
        dataframe(run).to_parquet(buffer, engine="pyarrow", index=False)
    elif kind == "jsonl":
        buffer.write(completions(run).encode())
    else:
        made = dataset(run).to_netcdf(engine="scipy")
        buffer.write(bytes(made))
    data = buffer.getvalue()
    if path.is_dir():
        raise UserError(f"{path} is a directory: --out needs the name of a file.")
    if path.exists() and path.parent != run.directory and path.read_bytes() != data:
        raise UserError(f"{path} exists and holds something else: choose another --out.")
    write_whole(path, data)
    return path


def _library(name: str):
    try:
        return importlib.import_module(name)
    except ImportError:
        raise UserError(f"This needs {name}: pip install 'collapse[tables]'.") from None

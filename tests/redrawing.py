"""Runs that were never simulated, for figures; and a picture made again of its CSV alone."""

import csv
import zlib
from dataclasses import replace
from pathlib import Path

import matplotlib
import numpy as np

from collapse.report.recorded_figure import COLUMNS
from collapse.report.style import STYLE
from collapse.runs.manifest import manifest_of
from collapse.runs.run import Run
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario


def made_up(scenario, out: Path, seeds=None, done=None, **more) -> Run:
    """A run of a scenario (or of the one of that name) whose curves fall from generation to
    generation by a random walk in their logarithm, positive and the same every time.

    ``done``: {arm: (seeds,)} the last generation of each seed; None: all are finished.
    """
    scenario = prepare_scenario(build(scenario) if isinstance(scenario, str) else scenario)
    scenario = replace(scenario, seeds=seeds or min(scenario.seeds, 12))
    manifest = manifest_of(scenario, 0, None, out)
    last = manifest["generations"]
    full = {arm: [last] * scenario.seeds for arm in scenario.arms} | (done or {})
    finished = all(generation == last for arm in full.values() for generation in arm)
    manifest |= {"done": full, "finished": finished} | more
    curves = {}
    for name in manifest["curves"]:
        rng = np.random.default_rng(zlib.crc32(name.encode()))
        steps = rng.normal(-0.03, 0.06, (len(full), scenario.seeds, last + 1))
        curves[name] = np.exp(steps.cumsum(-1)).astype(np.float32)
        for place, arm in enumerate(full.values()):
            curves[name][place][np.arange(last + 1) > np.array(arm)[:, None]] = np.nan
    return Run(out, manifest, curves)


def rows_of(text: str) -> list[dict]:
    rows = list(csv.DictReader(text.splitlines()))
    assert list(rows[0]) == list(COLUMNS)
    return rows


def pixels(draw) -> tuple:
    """What ``draw`` makes in the house style, and its pixels."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        figure = draw()
        figure.canvas.draw()
        figure.set_layout_engine("none")  # drawing again would lay it out a little better
        return figure, np.array(figure.canvas.buffer_rgba(), int)


def redrawn(figure, text: str) -> np.ndarray:
    """The pixels of a figure whose marks were all replaced by what its CSV says of them.

    Fails where something is drawn that the CSV does not hold, or the CSV holds what is not drawn.
    """
    series: dict[tuple, list[dict]] = {}
    for row in rows_of(text):
        series.setdefault((int(row["panel"]) - 1, row["panel"] + "." + row["series"]), []).append(
            row
        )
    drawn = set()
    for panel, axis in enumerate(figure.axes):
        assert not axis.patches
        for artist in (*axis.collections, *axis.lines, *axis.images):
            drawn.add((panel, artist.get_gid()))
            _replace(axis, artist, series[panel, artist.get_gid()])
    assert drawn == set(series)
    with matplotlib.rc_context(STYLE):
        figure.canvas.draw()
        return np.array(figure.canvas.buffer_rgba(), int)


def _replace(axis, artist, rows: list[dict]) -> None:
    t, centre, low, high = (
        np.array([float(row[name] or "nan") for row in rows])
        for name in ("generation", "centre", "low", "high")
    )
    x = np.array([float(row["x"] or "nan") for row in rows])
    t = np.where(np.isnan(t), x, t)
    centre, low, high = (np.where(np.isfinite(x), x, np.nan) for x in (centre, low, high))
    mark = rows[0]["mark"]
    if artist in axis.images:
        assert mark == "images"
        shown = [label.get_text().replace("real", "0") for label in axis.get_xticklabels()]
        assert shown == [row["generation"] for row in rows]
    elif artist in axis.lines:
        assert mark in ("curve", "line", "points", "law", "level", "setting", "published")
        across = mark in ("level", "setting")
        assert len(artist.get_xdata()) == (2 if across else len(rows))
        if mark == "level":
            artist.set_ydata([centre[0], centre[0]])
        elif mark == "setting":
            artist.set_xdata([x[0], x[0]])
        else:
            artist.set_data(t, centre)
    elif mark == "points":
        known = np.isfinite(low) & np.isfinite(high)
        bars = [[(x, a), (x, b)] for x, a, b in zip(t[known], low[known], high[known], strict=True)]
        artist.set_segments(bars)
    else:
        assert mark in ("curve", "band")
        artist.set_data(t, low, high)

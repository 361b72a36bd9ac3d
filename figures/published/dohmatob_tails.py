"""Test error of a memory against its rows, for five kinds of rows, and over generations."""

import numpy as np

from collapse import plot
from collapse.laws import tails
from collapse.report.draw import draw_curve, legend, log_axis, sentence
from collapse.report.draw_means import draw_means
from collapse.report.style import COLUMN, panels

CURVES = (("missing_mass", "test error"),)
EVIDENCE = ("memories",)
ARM = "generations"


def draw(run, band=None):
    figure, (scaling, axis) = panels(1, 2.6, 2 * COLUMN, columns=2)
    found = run.evidence["memories"]
    cut, first = int(found["kept"]), int(found["first"])
    kinds = {
        "real": "real rows",
        "narrow": f"narrowed to exponent {found['narrowed']:g}",
        "mixed": f"{100 * found['share']:g} % real, others cut",
        "cut": f"cut to {cut} items",
        "own": f"rows of a memory of {first:,}",
    }
    made = []
    for index, (name, label) in enumerate(kinds.items()):
        means = draw_means(scaling, found["rows"], found[name], label, index, band)
        made.append(("test error", means))
    rows = np.geomspace(found["rows"].min(), found["rows"].max(), 31)
    p = tails.power_law(int(found["items"]), float(found["beta"]))
    for errors in laws(found, p, rows).values():
        plot.law(scaling, rows, errors, "exact")
    log_axis(scaling, "x")
    log_axis(scaling)
    scaling.set(xlabel="rows", ylabel="test error")
    if ARM in run.arms:
        label = f"each from the last, {first:,} rows"
        drawn = draw_curve(axis, run, ARM, "missing_mass", 0, label, band)
        made.append(("test error", drawn))
    t = np.arange(1, run.generations + 1)
    exact = tails.generation_error_exact(p, first, run.generations)[1:]
    plot.law(axis, t, exact, "exact")
    plot.law(axis, t, t * exact[0], "eq. 13: generation × first error", linestyle=":")
    log_axis(axis, "x")
    log_axis(axis)
    axis.set(xlabel="generation", ylabel="test error", xlim=(1, run.generations))
    figure.notes.append(f"Lines only join the marks. {sentence(made)}")
    legend(figure, 3)
    return figure


def laws(found: dict, p: np.ndarray, rows: np.ndarray) -> dict[str, np.ndarray]:
    """The expected test error of a memory of so many rows of each kind."""
    cut = tails.cut_tail(p, int(found["kept"]))
    narrowed = tails.power_law(len(p), float(found["narrowed"]))
    mixed = tails.mixed(p, cut, found["share"])
    sources = {"real": p, "narrow": narrowed, "cut": cut, "mixed": mixed}
    errors = {name: tails.memory_error(p, q, rows) for name, q in sources.items()}
    first = int(found["first"])
    seen = tails.expected_spectrum(p, first)  # by how often the first memory has them
    unseen = (1 - np.arange(first + 1) / first) ** rows[:, None]
    return errors | {"own": unseen @ seen}

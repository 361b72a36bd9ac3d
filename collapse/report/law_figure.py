"""The figure of a run with laws: which claims can be drawn, and a panel for each."""

from typing import TYPE_CHECKING

import numpy as np

from collapse.curve import Curve
from collapse.report.curve_band import Drawn, drawn
from collapse.report.draw import (
    axis_label,
    draw_curve,
    draw_law,
    draw_points,
    ends,
    exponential,
    legend,
    log_axis,
    sentence,
    there,
)
from collapse.report.recorded_figure import Drawing
from collapse.report.style import COLOURS, COLUMN, panels, tiny
from collapse.report.typeset import paragraph, typeset
from collapse.scenario.claims import Claim, expectation, observed

if TYPE_CHECKING:
    from collapse.runs.run import Run

MEAN, MEDIAN, SINGLE = 0, 2, 5  # places of colours
LEVEL = 1e-3  # relative height of a panel below which a curve looks level
SIDES = {"both": "", "at most": " from above", "at least": " from below"}
CROSSES = {"approximation": "+", "bound": "d", "bound from above": "v", "bound from below": "^"}
NARROW = 6  # panels up to which a figure has two columns, not three


def plainly_replaced(run: "Run", arm: str) -> bool:
    """Whether an arm has the regime replace, no judge and the plain sampler."""
    parts = run.manifest["arms"][arm]["parts"]
    sampler = parts["sampler"].get("of", parts["sampler"])  # a statistic is one of items
    kinds = [part["class"] for part in (parts["regime"], parts["judge"], sampler)]
    return kinds == ["replace", "keep-all", "plain"]


def as_shipped(run: "Run", arm: str, *parts: str) -> bool:
    """Whether these parts of an arm are those of the shipped scenario. False for other scenarios,
    whose files are not run for this."""
    from collapse.loop.prepare import prepare
    from collapse.scenario.identity import describe
    from collapse.scenario.load import build_shipped

    scenario = build_shipped(run.manifest["scenario"])
    arms = scenario.arms if scenario else {}
    if arm not in arms:
        return False
    of_run, ours = run.manifest["arms"][arm]["parts"], describe(prepare(arms[arm], checked=False))
    return all(of_run[part] == ours[part] for part in parts)


def drawn_claims(run: "Run") -> list[list[Claim]]:
    """The claims about a run that can be drawn, in groups about one curve of one arm, or about one
    function of its curves.

    Left out are arms with other settings than the scenario, for which the law does not hold;
    published claims, which are an order or a shape; functions of the whole record, if the run is
    shorter than the scenario or the claim is about a single generation.
    """
    from collapse.loop.prepare import prepare
    from collapse.numerics.pytree import replace
    from collapse.scenario.identity import identity
    from collapse.scenario.load import build_shipped

    scenario = build_shipped(run.manifest["scenario"])
    if scenario is None:  # files of users are not run for their claims
        return []
    groups: dict[tuple, list[Claim]] = {}
    for claim in scenario.claims:
        named = isinstance(claim.observe, str)
        of_run = claim.evidence in scenario.arms and claim.evidence in run.arms
        if not of_run or claim.kind == "published" or min(claim.at) > run.generations:
            continue
        if named and claim.observe in run.curves and has_seeds(run, claim.evidence):
            groups.setdefault((claim.evidence, claim.observe), []).append(claim)
        elif not named and len(set(claim.at)) > 1:
            longest = scenario.arms[claim.evidence].generations
            if has_seeds(run, claim.evidence, longest):
                groups.setdefault((claim.evidence, claim.observe, claim.at), []).append(claim)
    same = {
        name
        for name in {key[0] for key in groups}
        if identity(replace(prepare(scenario.arms[name], checked=False), generations=0))
        == run.manifest["arms"][name]["identity"]
    }
    lengths = {name: arm.generations for name, arm in scenario.arms.items()}
    return [
        group
        for (name, *_), group in groups.items()
        if name in same and has_points(run, group[0], lengths[name])
    ]


def has_seeds(run: "Run", arm: str, generation: int = 0) -> bool:
    """Whether any seed of an arm has reached a generation."""
    return generation <= run.generations and bool(there(run, arm)[:, generation].any())


def has_points(run: "Run", claim: Claim, last: int) -> bool:
    """Whether the run has a value for each generation of a claim."""
    if isinstance(claim.observe, str):
        return True
    return observed_in(run, claim, last).shape[1] == len(claim.at)


def observed_in(run: "Run", claim: Claim, last: int) -> np.ndarray:
    """(S, G) the numbers that a claim observes in a run, of the seeds that have reached the
    ``last`` generation of the scenario, as in ``collapse verify``."""
    arm = claim.evidence
    whole = there(run, arm)[:, last]
    curves = {name: run.curve(arm, name)[whole, : last + 1] for name in run.curves}
    return observed(claim, {"curves": curves})


def draw_claims(run: "Run", groups: list[list[Claim]], band: str | None = None) -> Drawing:
    """A panel for each group: the curve over seeds with its band, and its laws.

    A law is about the mean. Of a heavy-tailed curve the median is drawn, with means as points at
    the generations of the claim; so is a function of curves.
    """
    from collapse.scenario.load import build_shipped

    columns = 2 if len(groups) <= NARROW else 3
    columns = min(columns, len(groups))
    rows = -(-len(groups) // columns)
    width = max(columns, 1) * (COLUMN if columns < 3 else 2.2)
    figure, axes = panels(rows, 1.6, width, columns)
    arms = build_shipped(run.manifest["scenario"]).arms
    made = []
    for axis, group in zip(axes, groups, strict=False):
        made += _panel(axis, run, group, arms[group[0].evidence].generations, band)
        letters = int((figure.get_figwidth() / columns - 0.4) * 143 / tiny())  # over a panel
        axis.set_title(paragraph(group[0].name, letters, typeset), fontsize=tiny())
    for axis in axes[len(groups) :]:
        figure.delaxes(axis)
    for axis in axes[max(0, len(groups) - columns) : len(groups)]:
        axis.set_xlabel("generation")
    legend(figure, 4 if columns > 2 else 3)
    figure.notes.append(sentence(made))
    gone = [run.label(arm) for arm in run.arms if not any(g[0].evidence == arm for g in groups)]
    if gone:
        figure.notes.append(f"Not drawn, as no law is about them: {', '.join(gone)}.")
    return figure


def _panel(axis, run: "Run", group: list[Claim], last: int, band: str | None) -> list:
    """Draw a group; returns the names and bands of what was drawn over seeds."""
    first = group[0]
    arm, named = first.evidence, isinstance(first.observe, str)
    measure = first.observe if named else first.name
    meaning = run.meaning(measure) if named else Curve("")
    about = {"arm": arm, "measure": measure, "unit": meaning.unit}
    made: list[tuple[str, Drawn]] = []
    latest = run.generations
    shapes: list[bool] = []
    if named:
        method = band or ("median" if meaning.heavy else "t")
        label = f"{'median' if method == 'median' else 'mean'} over seeds"
        colour = MEDIAN if method == "median" else MEAN
        made.append((measure, draw_curve(axis, run, arm, measure, colour, label, method)))
        axis.set_ylabel(axis_label(measure, meaning.unit))
        shapes.append(exponential(np.arange(len(made[0][1].centre)), made[0][1].centre))
        if method == "median":
            at = np.array(sorted({t for claim in group for t in claim.at if t <= latest}))
            values = run.curve(arm, measure)[:, at][there(run, arm)[:, at].all(1)]
    else:
        at, values = np.array(first.at), observed_in(run, first, last)
        latest, method = int(at.max()), None
    if method in ("median", None) and len(values):
        means = drawn(values, meaning, "t")
        draw_points(
            axis, at, means, about | {"label": "mean at single generations"}, COLOURS[SINGLE]
        )
        made.append(("means at single generations", means))
    for claim in group:
        shapes += _law(axis, claim, about, run.generations)
    if any(shapes) and _positive(axis.figure, axis):
        log_axis(axis)
    low, high = axis.get_ylim()
    if high - low < LEVEL * max(abs(low), abs(high)):
        axis.set_ylim(low - abs(low) / 10, high + abs(high) / 10)
    ends(axis, latest)
    return made


def _law(axis, claim: Claim, about: dict, last: int) -> list[bool]:
    """Draw the expected values of a claim: a line over its generations if they are a function of
    the generation, else marks, one series for each value per generation. Returns whether each
    series is exponential."""
    kind = claim.kind + SIDES[claim.side] if claim.kind == "bound" else claim.kind
    about = about | {"label": "law" if claim.kind == "identity" else kind}
    look = {"linestyle": ":"} if claim.kind == "bound" else {}
    if callable(claim.expected) and len(claim.at) > 1:
        t = np.arange(min(claim.at), min(max(claim.at), last) + 1)
        values = np.broadcast_to(np.asarray(claim.expected(t), float), t.shape)
        draw_law(axis, t, values, about, **look)
        return [exponential(t, values)]
    at, values = np.array(claim.at), expectation(claim, len(claim.at))
    at, values = at[at <= last], values[at <= last]
    each = len(at) // len(set(at.tolist()))  # numbers of a generation
    look = {"marker": CROSSES.get(kind, "x"), "markersize": 4, "markeredgewidth": 0.7}
    look |= {"clip_on": False, "linestyle": "none"}  # nothing is known between marks
    for k in range(each):
        draw_law(axis, at[k::each], values[k::each], about, **look)
    return [exponential(at[k::each], values[k::each]) for k in range(each)]


def _positive(figure: Drawing, axis) -> bool:
    """Whether all values in a panel are positive."""
    panel = figure.axes.index(axis) + 1
    centres = np.array([row["centre"] for row in figure.rows if row["panel"] == panel], float)
    return bool((centres[np.isfinite(centres)] > 0).all())

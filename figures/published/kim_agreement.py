"""How often two models that are both wrong give the same answer, by generation."""

from collapse import plot
from collapse.report.draw import draw_curve, draw_level, ends, generations_label, legend
from collapse.report.style import panels

CURVE = "agreement_when_wrong"
CURVES = ((CURVE, "agreement when wrong"),)
LABELS = {
    "common-mistakes": "common mistakes, chance 0.63",
    "much-shared": "four fifths from a common source",
    "one-another": "learn from one another",
    "little-shared": "a fifth from a common source",
    "independent": "independent mistakes",
}
PUBLISHED = 0.60  # Kim et al. (2025), abstract


def draw(run, band=None):
    figure, (axis,) = panels(1, height=2.6)
    shown = [arm for arm in LABELS if arm in run.arms]
    made = [
        (CURVE, draw_curve(axis, run, arm, CURVE, index, LABELS[arm], band))
        for index, arm in enumerate(shown)
    ]
    line = draw_level(axis, 1 / 3, {"label": "chance, 1/3"})
    line.set_label("chance, 1/3")
    plot.published(axis, [1], [PUBLISHED], index=6)
    axis.lines[-1].set_clip_on(False)
    axis.set_ylabel("same answer when\nboth are wrong (share)")
    axis.set_ylim(0.3, 0.65)
    axis.set_xlabel(generations_label(made))
    legend(figure, 2)
    ends(axis, run.generations, first=1)
    return figure

"""What is lost at the prompt's end, by cutting words into pieces, and without fallback."""

from collapse.report.draw import draw_curve, draw_level, ends, generations_label
from collapse.report.style import panels, tiny

CURVES = (
    ("follows_probability", "chance of A after A"),
    ("rare_lost", "rare words lost"),
    ("letter_lost", "words with the\nrare letter lost"),
)
PANELS = (
    ("prompted-token", "prompted-byte"),
    ("characters", "fixed", "retrained"),
    ("fixed", "fallback", "no-fallback"),
)


def draw(run, band=None):
    figure, axes = panels(3, height=1.5)
    made = []
    for axis, (name, label), arms in zip(axes, CURVES, PANELS, strict=True):
        for index, arm in enumerate(arm for arm in arms if arm in run.arms):
            made.append((name, draw_curve(axis, run, arm, name, index, band=band)))
        axis.set_ylabel(label)
        ends(axis, run.generations)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=tiny())
    draw_level(axes[0], 0.6, {"label": "human text", "measure": CURVES[0][0]})
    axes[-1].set_xlabel(generations_label(made, about="0: real text; "))
    return figure

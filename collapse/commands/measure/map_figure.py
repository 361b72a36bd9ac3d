"""Heat maps of models against models."""

from matplotlib.axes import Axes

from collapse.report.labels import legible

NUMBERED = 12  # models up to which cells have their number
NAMED = 40  # models up to which they have their names


def draw_map(axes: Axes, names: list[str], values: list[list], label: str) -> Axes:
    """Draw probabilities (M, M), NaN or None where there is none, as a heat map on ``axes``."""
    known = [[float("nan") if v is None else v for v in row] for row in values]
    image = axes.imshow(known, cmap="cividis", vmin=0, vmax=1, interpolation="nearest")
    labels = [legible(name, 16) for name in names] if len(names) <= NAMED else []
    size = 6 if len(names) <= NUMBERED else 4
    axes.set_xticks(range(len(labels)), labels, rotation=90, fontsize=size)
    axes.set_yticks(range(len(labels)), labels, fontsize=size)
    if len(names) <= NUMBERED:
        for i, row in enumerate(known):
            for j, value in enumerate(row):
                if value == value:
                    colour = "black" if value > 0.5 else "white"
                    text = f"{value:.2f}"
                    axes.text(j, i, text, ha="center", va="center", color=colour, fontsize=5)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.figure.colorbar(image, ax=axes, label=label, shrink=0.8)
    return axes

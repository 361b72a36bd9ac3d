"""A figure of my own (docs/howto/figure.md). ``python my_part.py`` runs the check below.

collapse figure my_part.py
"""

from types import SimpleNamespace

import numpy as np
from matplotlib.figure import Figure

import collapse as cl


def draw(run):
    """A matplotlib figure of a saved run."""
    figure = Figure(figsize=(3.25, 2.2), layout="constrained")
    axis = figure.subplots()
    for arm in run.arms:
        curve = run.curve(arm, "entropy")  # (seeds, generations + 1); generation 0 is the truth
        axis.plot(curve.mean(0), label=arm)
        axis.fill_between(range(curve.shape[1]), curve.min(0), curve.max(0), alpha=0.2)
    axis.set(xlabel="generation (mean and range of the seeds)", ylabel="entropy (nats)")
    axis.legend()
    return figure


def scenario():
    parts = {"learner": cl.MaximumLikelihood(), "sampler": cl.Plain(), "judge": cl.KeepAll()}
    parts |= {"truth": cl.zipf(100), "model": cl.zipf(100), "measures": (cl.ItemDiversity(),)}
    regimes = {"replace": cl.Replace(), "accumulate": cl.Accumulate()}
    arms = {name: cl.Arm(regime=regime, **parts, n=200) for name, regime in regimes.items()}
    return cl.Scenario(name="my-part", title="Mine", arms=arms, source="", headline=("entropy",))


if __name__ == "__main__":
    run = SimpleNamespace(arms=["one"], curve=lambda arm, name: np.array([[3.0, 1.0], [1.0, 1.0]]))
    assert draw(run).axes[0].lines[0].get_ydata().tolist() == [2, 1]

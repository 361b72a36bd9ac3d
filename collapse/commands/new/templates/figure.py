"""A figure of my own (docs/howto/figure.md). ``python my_part.py`` runs the check below.

collapse figure my_part.py
"""

from matplotlib.figure import Figure

import collapse as cl


def draw(run):
    """A matplotlib figure of a saved run."""
    figure = Figure(figsize=(3.25, 3.6), layout="constrained")
    upper, lower = figure.subplots(2, sharex=True)
    run.plot("entropy", ax=upper)
    for arm in run.arms:
        curve = run.curve(arm, "hill_0")  # (seeds, generations + 1); generation 0 is the truth
        lower.plot(curve.mean(0), label=arm)
    lower.set(xlabel="generation", ylabel="different items (mean)")
    return figure


def scenario():
    regimes = {"replace": cl.Replace(), "accumulate": cl.Accumulate()}
    arms = {name: cl.Arm(truth=cl.zipf(100), regime=it, n=200) for name, it in regimes.items()}
    return cl.Scenario(name="my-part", arms=arms)


if __name__ == "__main__":
    run = cl.simulate(scenario().arms, seeds=2)
    assert len(draw(run).axes[1].lines) == len(run.arms)

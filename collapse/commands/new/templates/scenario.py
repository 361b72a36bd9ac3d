"""A scenario of my own (docs/howto/scenario.md). ``python my_part.py`` runs the check below.

collapse run my_part.py
collapse verify my_part.py
"""

import collapse as cl

N = 200  # items that each generation trains on
TRUTH = cl.zipf(100)


def heterozygosity(t):
    """Expected 1 - sum p^2 of generation t: it falls by 1 - 1/N (Wright 1931; Fisher 1930)."""
    _, p = TRUTH.support()
    return float(1 - (p**2).sum()) * (1 - 1 / N) ** t


def scenario():
    measures = (cl.ModelDiversity(),)
    best = cl.TopFraction(cl.Likelihood(), fraction=0.2)
    arms = {
        "no-judge": cl.Arm(truth=TRUTH, measures=measures, n=N),
        "judged": cl.Arm(truth=TRUTH, judge=best, measures=measures, n=N),
    }
    drift = cl.Claim(
        name="drift",
        kind="law",
        source="Wright (1931)",
        evidence="no-judge",  # the arm
        observe="model_gini",  # the curve
        expected=heterozygosity,
        at=(1, 5, 20),  # the generations
    )
    return cl.Scenario(name="my-part", title="My scenario", arms=arms, claims=(drift,))


if __name__ == "__main__":
    assert all(cl.prepare(arm) for arm in scenario().arms.values())

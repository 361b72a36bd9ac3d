"""A scenario of my own (docs/howto/scenario.md). ``python my_part.py`` runs the check below.

    collapse run my_part.py
    collapse verify my_part.py

The second checks the run against the claims below.
"""

import collapse as cl

N = 200  # items that each generation trains on
TRUTH = cl.zipf(100)


def heterozygosity(t):
    """Expected 1 - sum p^2 of generation t: it falls by 1 - 1/N (Wright 1931; Fisher 1930)."""
    return float(1 - (TRUTH.p**2).sum()) * (1 - 1 / N) ** t


def scenario():
    parts = {"learner": cl.MaximumLikelihood(), "sampler": cl.Plain(), "regime": cl.Replace()}
    parts |= {"truth": TRUTH, "model": TRUTH, "measures": (cl.ModelDiversity(),), "n": N}
    best = cl.TopFraction(cl.Likelihood(), fraction=0.2)
    arms = {"no-judge": cl.Arm(judge=cl.KeepAll(), **parts), "judged": cl.Arm(judge=best, **parts)}
    claim = {"name": "drift", "kind": "law", "source": "Wright (1931)", "evidence": "no-judge"}
    return cl.Scenario(
        name="my-part",
        title="My scenario",
        source="Wright (1931)",
        arms=arms,
        headline=("model_entropy", "model_support"),
        claims=(cl.Claim(observe="model_gini", expected=heterozygosity, at=(1, 5, 20), **claim),),
    )


if __name__ == "__main__":
    assert all(cl.prepare(arm) for arm in scenario().arms.values())

"""A small scenario: two arms, three seeds in two blocks, so that a run takes the compiler seconds

The resilience suite runs this file as a user's own scenario.
"""

import numpy as np

import collapse


def scenario() -> collapse.Scenario:
    truth = collapse.Categorical(np.full(8, 1 / 8))

    def arm(judge):
        measures = (collapse.ItemDiversity(),)
        return collapse.Arm(truth=truth, judge=judge, measures=measures, n=12, generations=12)

    arms = {"a": arm(collapse.KeepAll()), "b": arm(collapse.RandomFraction(0.5))}
    headline = ("effective_number", "entropy")
    return collapse.Scenario("small", "Small", arms, "tests", headline, seeds=3, block=2)

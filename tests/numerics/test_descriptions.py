"""Trees as JSON and back: the same tree, and nothing that is not of the package."""

import json

import jax
import numpy as np
import pytest

import collapse as cl
from collapse.numerics.descriptions import NotCacheable, described, rebuilt

TRUTH = cl.Categorical(np.array([0.5, 0.3, 0.2], np.float32))


class Mine(cl.Judge):
    def score(self, key, view):
        return view.items


def test_what_is_not_of_the_package_is_not_described():
    for value in (Mine(), cl.FunctionReward(lambda items: items), {1: 2}, np.ones(2), object()):
        with pytest.raises(NotCacheable):
            described(value)


def test_a_description_gives_the_same_tree():
    arm = cl.Arm(truth=TRUTH, judge=cl.TopFraction(cl.Likelihood(per="item"), fraction=0.3))
    about, arrays = described(arm)
    again = rebuilt(json.loads(json.dumps(about)), iter(arrays))
    assert jax.tree.structure(again) == jax.tree.structure(arm)
    with pytest.raises(NotCacheable):
        rebuilt(["named", "os", "system"], iter([]))
    with pytest.raises(NotCacheable):
        rebuilt(["part", "collapse.files.atomic", "json.JSONDecoder", []], iter([]))

"""A model of one's own without ``identify`` is told by name what counts its items."""

import equinox as eqx
import jax
import jax.numpy as jnp
import pytest

import collapse as cl


class Half(cl.Model):
    """0 or 1, and no way to tell equal items."""

    kind: str = eqx.field(static=True, default="int32")

    def fit(self, key, pool):
        return self

    def sample(self, key, n):
        return jax.random.bernoulli(key, 0.5, (n,)).astype(self.kind)

    def log_prob(self, rows):
        return jnp.full(len(rows), jnp.log(0.5))


class Counted(Half):
    def identify(self, rows):
        return rows, 2


def arm(model, judge=None, measures=()):
    parts = {"learner": cl.MaximumLikelihood(), "sampler": cl.Plain(), "regime": cl.Replace()}
    return cl.Arm(
        truth=model, model=model, judge=judge or cl.KeepAll(), measures=measures, n=20, **parts
    )


COUNTING = {
    "The measure ItemDiversity": {"measures": (cl.ItemDiversity(),)},
    "The judge SharedReward": {"judge": cl.SharedReward(cl.FunctionReward(lambda x: 1.0 + x))},
}


@pytest.mark.parametrize("part", COUNTING)
def test_whole_numbers_without_identify(part):
    with pytest.raises(cl.UserError) as told:
        cl.prepare(arm(Half(), **COUNTING[part]))
    (sentence,) = told.value.sentences
    assert sentence.startswith(f"{part}: Half draws whole numbers and has no method identify")
    assert "write identify(self, rows)" in sentence
    assert cl.prepare(arm(Counted(), **COUNTING[part]))


@pytest.mark.parametrize("part", COUNTING)
def test_continuous_items_are_not_to_be_counted(part):
    with pytest.raises(cl.UserError, match=f"{part}: Half draws continuous items"):
        cl.prepare(arm(Half(kind="float32"), **COUNTING[part]))


class Broken(Counted):
    def log_prob(self, rows):
        return rows.nonsense

    def fit(self, key, pool):
        return pool.nonsense


def test_what_goes_wrong_before_the_judge_is_not_put_down_to_it():
    with pytest.raises(cl.UserError, match="Broken cannot be fitted .*nonsense"):
        cl.prepare(arm(Broken()))


class Declared(Broken):
    """Not tried by itself, since it says what it draws."""

    def gives(self):
        return cl.Items("outcomes", {"outcomes": 2})


def test_nor_where_the_model_says_what_it_draws():
    with pytest.raises(cl.UserError) as told:
        cl.prepare(arm(Declared()))
    (sentence,) = told.value.sentences
    assert "judge KeepAll raised" not in sentence
    assert "nonsense" in sentence
    assert "Declared" in sentence

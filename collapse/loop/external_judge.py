"""Generations with a judge outside JAX: propose candidates, get answers, conclude.

The two halves of ``generation`` are compiled separately; in between, candidates go to the host as
text and rewards come back. Everything else (wrappers, policies, regimes) is unchanged.
"""

import inspect
from collections.abc import Callable
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.loop.generation import advance, conclude, noise_of, propose, step_keys
from collapse.numerics.device import compiled
from collapse.numerics.pytree import replace
from collapse.rewards.external import asks_external
from collapse.types import State

MOST_ABSTAINED = 0.5  # share of abstentions at generation 1 above which a run stops


@compiled
def _propose(arm: Arm, states: State, keys: Array, t: Array) -> tuple:
    def one(state, key):
        return propose(arm, state, t, *_step(arm, t, key))

    return eqx.filter_vmap(one)(states, keys)


@compiled
def _conclude(arm: Arm, states: State, keys: Array, t: Array, proposed: tuple, rewards: Array):
    def one(state, key, proposed, rewards):
        learner, undefined, view = proposed
        keys = _step(arm, t, key)[0]
        view = replace(view, said=rewards)
        verdict, judge = state.judge.judge(keys["judge"], view)
        return conclude(arm, state, learner, undefined, view, verdict, judge, keys)

    return eqx.filter_vmap(one)(states, keys, proposed, rewards)


def _step(arm: Arm, t: Array, key: Array) -> tuple[dict, Any]:
    return step_keys(key, t), noise_of(arm, t, key)


def advance_asking(
    arm: Arm, states: State, keys: Array, t: Array, show: Callable = str, wanted: int | None = None
) -> tuple[State, dict]:
    """Run generation ``t`` for a block of seeds with a judge outside JAX.

    ``show`` makes text of an item. Only the first ``wanted`` seeds are judged (None: all), as the
    others only fill up the block and answers cost money. Returns the new states, and the record
    with shape (1, B, ...). Raises ``UserError`` as ``answers`` does.
    """
    proposed = _propose(arm, states, keys, t)
    items = np.asarray(proposed[2].items)
    wanted = len(items) if wanted is None else wanted
    rewards = np.zeros(items.shape[:2])
    for seed in range(wanted):
        rewards[seed] = answers(arm, [show(item) for item in items[seed]], int(t), seed)
    states, record = _conclude(arm, states, keys, t, proposed, jnp.asarray(rewards, float))
    return states, jax.tree.map(lambda x: x[None], record)


def advance_any(
    arm: Arm,
    states: State,
    keys: Array,
    t: Array,
    steps: Array,
    show=str,
    wanted=None,
    donate=False,
):
    """``advance`` for any judge: with one outside JAX, a single generation by ``advance_asking``.
    The arguments are those of these two; both return the new states and the record."""
    if asks_external(arm.judge):
        return advance_asking(arm, states, keys, t, show, wanted)
    return advance(arm, states, keys, t, steps, donate)


def answers(arm: Arm, texts: list[str], t: int, seed: int) -> np.ndarray:
    """(m,) rewards of the texts of one seed; NaN for abstentions. Raises ``UserError`` for errors
    of the judge, and if it abstains on most texts of generation 1."""
    ask, name = asks_external(arm.judge)[0].ask, type(arm.judge).__name__
    where = f" at generation {t}, seed {seed} of its block"
    numbers = answers_of(ask, texts, arm.group, name, where)
    abstained = int(np.isnan(numbers).sum())
    if t == 1 and abstained > MOST_ABSTAINED * len(texts):
        why = getattr(ask, "why_abstained", str)()
        raise UserError(
            f"The judge {name} abstained on {abstained} of {len(texts)} texts{where}"
            f"{': ' if why else ''}{why}. Such a run would not show what the judge does, so it "
            "stops; what was paid for is kept."
        )
    return numbers


def answers_of(ask: Callable, texts: list[str], group: int, name: str, where: str) -> np.ndarray:
    """(m,) numbers that the function ``ask`` of the judge ``name`` returns for m texts.

    Raises ``UserError``, also for any exception in ``ask``; the sentences name the judge and
    ``where`` it was asked, such as " at generation 1". Empty: outside a run.
    """
    arguments = (texts, group)[: 2 if len(inspect.signature(ask).parameters) > 1 else 1]
    try:
        numbers = np.asarray(ask(*arguments), np.float64)
    except UserError as mistake:
        errors = [f"The judge {name} stopped{where}: {text}" for text in mistake.sentences]
        raise UserError(*errors) from mistake
    except Exception as error:
        saved = "The generations before are saved; correct" if where else "Correct"
        raise UserError(
            f"The judge {name} raised {type(error).__name__}{where}: {error}. {saved} the judge "
            "and run the same command again."
        ) from error
    if numbers.shape != (len(texts),):
        raise UserError(
            f"The judge {name} returned numbers of shape {numbers.shape}{where}; it must return "
            f"one for each of {len(texts)} texts."
        )
    return numbers

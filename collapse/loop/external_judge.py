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

MOST_SILENT = 0.5  # share of abstentions at generation 1 above which a run stops


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
    """Generation ``t`` for a block of seeds; records (1, B, ...). Only the first ``wanted`` seeds
    are judged: the others only fill up the block, and answers cost money."""
    proposed = _propose(arm, states, keys, t)
    items = np.asarray(proposed[2].items)
    wanted = len(items) if wanted is None else wanted
    rewards = np.zeros(items.shape[:2])
    for seed in range(wanted):
        rewards[seed] = answers(arm, [show(item) for item in items[seed]], int(t), seed)
    states, record = _conclude(arm, states, keys, t, proposed, jnp.asarray(rewards, float))
    return states, jax.tree.map(lambda x: x[None], record)


def turn(
    arm: Arm,
    states: State,
    keys: Array,
    t: Array,
    steps: Array,
    show=str,
    wanted=None,
    donate=False,
):
    """``advance``; or one generation, if the judge is outside JAX."""
    if asks_external(arm.judge):
        return advance_asking(arm, states, keys, t, show, wanted)
    return advance(arm, states, keys, t, steps, donate)


def answers(arm: Arm, texts: list[str], t: int, seed: int) -> np.ndarray:
    """(m,) rewards of the texts; NaN for abstentions. Raises ``UserError``."""
    ask, name = asks_external(arm.judge)[0].ask, type(arm.judge).__name__
    where = f" at generation {t}, seed {seed} of its block"
    numbers = answers_of(ask, texts, arm.group, name, where)
    silent = int(np.isnan(numbers).sum())
    if t == 1 and silent > MOST_SILENT * len(texts):
        why = getattr(ask, "why_abstained", str)()
        raise UserError(
            f"The judge {name} abstained on {silent} of {len(texts)} texts{where}"
            f"{': ' if why else ''}{why}. Such a run would not show what the judge does, so it "
            "stops; what was paid for is kept."
        )
    return numbers


def answers_of(ask: Callable, texts: list[str], group: int, name: str, where: str) -> np.ndarray:
    """(m,) what the function of the judge ``name`` says of texts. Errors say ``where`` it was
    asked, and are ``UserError``s."""
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

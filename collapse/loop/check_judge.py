"""Trial of an arm's parts before a run: on shapes alone, a fit to a few items, the first verdict
and a whole generation; and a user's judge on real numbers. Errors become sentences."""

import re
from collections.abc import Callable
from dataclasses import fields

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError
from collapse.judges.policies import KeepAll
from collapse.loop.arm import Arm
from collapse.loop.generation import generation, noise_of, propose, step_keys
from collapse.loop.settle import unjudged
from collapse.loop.start import begin, first_state
from collapse.numerics.pytree import replace, seed_keys
from collapse.types import REAL, Batch, State, View

HANDFUL = 8  # number of items for the trial fit of a model


def check_fit(truth, model) -> None:
    """Check on shapes that the model can be fitted to items of the truth, and then draws items of
    the same shapes and types."""
    one, other = type(truth).__name__, type(model).__name__
    key = jax.random.key(0)
    try:
        rows = jax.eval_shape(lambda: truth.sample(key, HANDFUL))
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"The truth {one}, to which {other} is to be fitted, cannot be sampled "
            f"({error_text(error)}): give one that is fitted, or choose another."
        ) from error

    def again(rows):
        source = jnp.full(HANDFUL, REAL, jnp.int32)
        pool = unjudged(Batch(rows, jnp.ones(HANDFUL), source), HANDFUL, {})
        return model.fit(key, pool).sample(key, HANDFUL)

    try:
        drawn = jax.eval_shape(again, rows)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"{other} cannot be fitted to the items of the truth {one}, {_shapes(rows)} "
            f"({error_text(error)}): choose another model or truth."
        ) from error
    if _shapes(drawn) != _shapes(rows):
        raise UserError(
            f"{other}, fitted to the items of the truth {one}, {_shapes(rows)}, draws "
            f"{_shapes(drawn)}: give both the same sizes, or choose another model."
        )


def _shapes(rows) -> str:
    """Shape and type of an item, as text."""
    items = [f"shape {x.shape[1:]} and type {x.dtype}" for x in jax.tree.leaves(rows)]
    return f"items of {'; of '.join(items)}"


def error_text(error: Exception) -> str:
    """The type of an exception and the first line of its message."""
    first = (str(error).strip() or "no message").splitlines()[0].rstrip(".")
    lacks = re.fullmatch(r"'(\w+)' object has no attribute '(\w+)'", first)
    return f"{lacks[1]} has no {lacks[2]}" if lacks else f"{type(error).__name__}: {first}"


def check_judge(arm: Arm) -> None:
    """Try the judge on shapes alone, so that an exception in its code becomes a sentence."""
    name = type(arm.judge).__name__
    try:
        verdict = jax.eval_shape(lambda: _first_verdict(arm))
    except Exception as error:
        judgeless = replace(arm, judge=KeepAll())
        if before := _error_of(lambda: jax.eval_shape(lambda: _first_verdict(judgeless))):
            raise UserError(*_blamed(arm)) from before  # it is not the judge
        if isinstance(error, UserError):
            sentences = error.sentences
            told_by = [text if name in text else f"The judge {name}: {text}" for text in sentences]
            raise UserError(*told_by) from error
        first = (str(error).strip() or "no message").splitlines()[0].rstrip(".")
        raise UserError(
            f"The judge {name} raised {type(error).__name__} on the first generation: {first}"
            f"{_place(error)}. {_remedy(arm, error)}"
        ) from error
    expected = {"items": (arm.candidates,), "summary": (1,)}.get(
        arm.sampler.kind, verdict.reward.shape
    )
    for what, array in (("weight", verdict.weight), ("reward", verdict.reward)):
        if getattr(array, "shape", None) != expected:
            raise UserError(
                f"The judge {name} returned {what} of shape {getattr(array, 'shape', None)}, where "
                f"one number per candidate is needed: shape {expected}."
            )


def _remedy(arm: Arm, error: Exception) -> str:
    """Advice for a judge that raised. Fields of the view that it may not read are None."""
    if isinstance(error, AttributeError) and "NoneType" in str(error):
        unseen = [] if arm.judge.uses_truth else ["view.truth, declare uses_truth = True in it"]
        unseen += [] if arm.keep_reference else ["the reference, add --set keep_reference=true"]
        if unseen:
            return f"If it reads {'; if it reads '.join(unseen)}."
    if isinstance(error, jax.errors.TracerArrayConversionError):
        return "NumPy cannot be used on traced JAX arrays: use jax.numpy (import jax.numpy as jnp)."
    if isinstance(error, jax.errors.TracerBoolConversionError):
        return (
            "if, and, or and while do not work on traced JAX arrays: write jnp.where(condition,"
            " a, b)."
        )
    if isinstance(error, (jax.errors.ConcretizationTypeError, IndexError)) and "trac" in str(error):
        return "Traced JAX arrays have no values: use jax.numpy, and jnp.where in place of an if."
    return "Correct it and run again."


def _place(error: Exception) -> str:
    """The line of the user's file in which an error was raised, as text; empty if none."""
    trace, place = error.__traceback__, ""
    while trace:
        path = trace.tb_frame.f_code.co_filename
        if trace.tb_frame.f_globals.get("__collapse_user_file__"):
            place = f" ({path}, line {trace.tb_lineno})"
        trace = trace.tb_next
    return place


def _first_verdict(arm: Arm, key=None):
    key = jax.random.key(0) if key is None else key
    keys = step_keys(jax.random.fold_in(key, 1))
    return arm.judge.judge(keys["judge"], first_view(arm, key))[0]


def first_view(arm: Arm, key: Array) -> View:
    """What the judge of a prepared arm sees at generation 1, of the seed with that key."""
    keys = step_keys(jax.random.fold_in(key, 0))
    batch = arm.sampler.real(keys["draw"], arm.truth, arm.n, arm.n)
    state = first_state(arm, batch, key)
    t = jnp.array(1, jnp.int32)
    keys = step_keys(jax.random.fold_in(key, t))
    return propose(arm, state, t, keys, noise_of(arm, t, key))[2]


def check_arm(arm: Arm) -> None:
    """Try a whole generation on shapes alone, so that incompatible parts become a sentence."""
    try:
        before, after = _tried(arm)
    except Exception as error:
        raise UserError(*_blamed(arm)) from error
    if errors := [text for field in fields(before) for text in _changed(field.name, before, after)]:
        raise UserError(*errors)


def _changed(name: str, before: State, after: State) -> list[str]:
    """A sentence, if the arrays of this part of the state are others after a generation."""
    old, new = getattr(before, name), getattr(after, name)
    if jax.tree.structure(old) == jax.tree.structure(new):
        pairs = zip(jax.tree.leaves(old), jax.tree.leaves(new), strict=True)
        other = [(a, b) for a, b in pairs if (a.shape, a.dtype) != (b.shape, b.dtype)]
        if not other:
            return []
        a, b = other[0]
        how = f"shape {b.shape} and type {b.dtype}, where it had {a.shape} and {a.dtype}"
    else:
        how = "another structure"
    part = f"The {name}" + ("" if name == "pool" else f" ({type(new).__name__})")
    return [
        f"{part} changes its arrays in a generation: {how}. Return arrays "
        "of the same shapes and types."
    ]


def _blamed(arm: Arm) -> list[str]:
    """Error sentences for an arm that cannot be traced: its measures, or else its parts."""
    truth, model = type(arm.truth).__name__, type(arm.model).__name__
    if error := _error_with(arm, ()):  # the measures are not the cause
        if isinstance(error, UserError):
            return error.sentences
        parts = (arm.regime, arm.learner, arm.sampler, arm.judge)
        return [
            f"The parts of this arm are not compatible ({error_text(error)}): model {model}, truth "
            f"{truth}, {', '.join(type(part).__name__ for part in parts)}."
        ]
    errors = []
    for measure in arm.measures:
        name, error = type(measure).__name__, _error_with(arm, (measure,))
        if isinstance(error, UserError):
            errors += [f"The measure {name}: {sentence}" for sentence in error.sentences]
        elif error:
            errors.append(
                f"The measure {name} is not compatible with the model {model} and the truth {truth}"
                f" ({error_text(error)}): leave it out, or choose another."
            )
    return errors


def _tried(arm: Arm) -> tuple[State, State]:
    """Shapes of the state of one seed, before and after generation 1."""
    keys = seed_keys(jax.random.key(0), [0])
    state, _ = jax.eval_shape(lambda: begin(arm, keys))
    one = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), state)
    key = jax.random.key(0)
    t = jnp.array(1, jnp.int32)
    noise = jax.eval_shape(lambda: noise_of(arm, t, key))
    after = jax.eval_shape(
        lambda state, noise: generation(arm, state, t, key, noise)[0], one, noise
    )
    return one, after


def _error_with(arm: Arm, measures: tuple) -> Exception | None:
    """The exception raised by a generation with only these measures, or None."""
    return _error_of(lambda: _tried(replace(arm, measures=measures)))


def _error_of(function: Callable) -> Exception | None:
    """The exception that the function raises, or None."""
    try:
        function()
    except Exception as error:
        return error
    return None


def try_judge(arm: Arm) -> None:
    """Run the judge on a real first generation. Raises ``UserError`` for NaN or nothing kept."""
    arrays, fixed = eqx.partition(arm, eqx.is_array)
    once = jax.jit(  # compiled without optimisation, as it runs once
        lambda arrays, key: _first_verdict(eqx.combine(arrays, fixed), key),
        compiler_options={"xla_backend_optimization_level": 0},
    )
    verdict = once(arrays, seed_keys(jax.random.key(0), [0])[0])
    weight, reward = np.asarray(verdict.weight), np.asarray(verdict.reward)
    name = type(arm.judge).__name__
    if np.isnan(weight).any() or np.isnan(reward).any():
        what = "weight" if np.isnan(weight).any() else "score"
        raise UserError(
            f"The judge {name} returned NaN as the {what} of {int(np.isnan(weight + reward).sum())}"
            f" of {len(weight)} candidates of generation 1 (seed 0). Give every item a number."
        )
    if (weight < 0).any() or (weight > 1).any():
        raise UserError(
            f"The judge {name} returned weights from {weight.min():g} to {weight.max():g} at "
            "generation 1 (seed 0); a weight is the chance of being kept and must lie in [0, 1]."
        )
    if not (weight > 0).any():
        raise UserError(
            f"The judge {name} kept none of {len(weight)} candidates of generation 1 (seed 0): all "
            "weights are 0, so there is nothing to train on. Let it keep some, or score instead."
        )


def refuse_bad(arm: Arm, health: dict, t: int, seeds: np.ndarray) -> None:
    """Raise ``UserError`` if the judge gave a candidate no number or a weight outside [0, 1], by
    the
    record's health (generations, S) from generation ``t`` on. Where training diverged the numbers
    may be the network's, as the record says."""
    bad, diverged = (np.asarray(health[name]).T for name in ("bad", "diverged"))
    bad = np.where(diverged.any(1, keepdims=True), 0, bad)
    if not bad.any():
        return
    late, seed = min((late, seed) for seed, late in np.argwhere(bad))
    raise UserError(
        f"The judge {type(arm.judge).__name__} returned NaN or a weight outside [0, 1] for "
        f"{int(bad[seed, late])} of {arm.candidates} candidates at generation {t + late}, seed "
        f"{seeds[seed]}. Give every item a number, and weights from 0 to 1."
    )

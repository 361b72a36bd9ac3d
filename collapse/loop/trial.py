"""Try the parts of an arm on shapes alone (``jax.eval_shape``) before a run: a fit to a few items,
and a whole generation. Exceptions become error sentences."""

import re
from collections.abc import Callable
from dataclasses import fields

import jax
import jax.numpy as jnp

from collapse.errors import UserError, user_line
from collapse.items import POINTS
from collapse.loop.arm import Arm
from collapse.loop.generation import generation, noise_of
from collapse.loop.settle import unjudged
from collapse.loop.start import begin
from collapse.numerics.pytree import replace, seed_keys
from collapse.types import REAL, Batch, State

HANDFUL = 8  # number of items for the trial fit of a model


def check_fit(truth, model) -> None:
    """Check on shapes that the model can be fitted to items of the truth, and then draws items of
    the same shapes and types. Raises ``UserError``."""
    truth_name, name = type(truth).__name__, type(model).__name__
    key = jax.random.key(0)
    try:
        rows = jax.eval_shape(lambda: truth.sample(key, HANDFUL))
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"The truth {truth_name}, to which {name} is to be fitted, cannot be sampled "
            f"({error_text(error)}): give one that is fitted, or choose another."
        ) from error

    def refit_and_draw(rows):
        source = jnp.full(HANDFUL, REAL, jnp.int32)
        pool = unjudged(Batch(rows, jnp.ones(HANDFUL), source), HANDFUL, {})
        fitted = model.fit(key, pool)
        if type(fitted) is not type(model):
            raise UserError(
                f"fit of {name} returned {type(fitted).__name__}, where {name} with its new "
                f"parameters is needed: end it with return {name}(...)."
            )
        return fitted.sample(key, HANDFUL)

    try:
        drawn = jax.eval_shape(refit_and_draw, rows)
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"{name} cannot be fitted to the items of the truth {truth_name}, {_shapes(rows)} "
            f"({error_text(error)}): choose another model or truth."
        ) from error
    if _shapes(drawn) != _shapes(rows):
        raise UserError(
            f"{name}, fitted to the items of the truth {truth_name}, {_shapes(rows)}, draws "
            f"{_shapes(drawn)}: give both the same sizes, or choose another model."
        )


def check_points(truth) -> None:
    """Check on shapes that a user's truth of points draws rows (n, d). Raises ``UserError``."""
    items = truth.gives()
    if type(truth).__module__.startswith("collapse.") or not items or items.kind not in POINTS:
        return
    try:
        rows = jax.eval_shape(lambda: truth.sample(jax.random.key(0), HANDFUL))
    except Exception:  # ``check_arm`` reports it
        return
    d, shapes = items.sizes.get("d"), [x.shape for x in jax.tree.leaves(rows)]
    if len(shapes) != 1 or len(shapes[0]) != 2 or d not in (None, shapes[0][1]):
        raise UserError(
            f"The truth {type(truth).__name__} gives {items}, and its sample draws "
            f"{_shapes(rows)}: points are rows of shape (n, d), also for d = 1."
        )


def _shapes(rows) -> str:
    """Shape and type of an item as text; of each array, if rows are a tree of several."""
    items = [f"shape {x.shape[1:]} and type {x.dtype}" for x in jax.tree.leaves(rows)]
    return f"items of {'; of '.join(items)}"


def error_text(error: Exception) -> str:
    """The type of an exception, the first line of its message, and the user's line if there is
    one."""
    message = (str(error).strip() or "no message").splitlines()[0].rstrip(".")
    lacks = re.fullmatch(r"'(\w+)' object has no attribute '(\w+)'", message)
    text = f"{lacks[1]} has no {lacks[2]}" if lacks else f"{type(error).__name__}: {message}"
    return f"{text}, {place}" if (place := user_line(error)) else text


def check_arm(arm: Arm) -> None:
    """Try a whole generation on shapes alone. Raises ``UserError`` for parts that are not
    compatible, and for parts that change the shapes or types of their arrays."""
    try:
        before, after = _traced(arm)
    except Exception as error:
        raise UserError(*causes(arm)) from error
    if errors := [text for field in fields(before) for text in _changed(field.name, before, after)]:
        raise UserError(*errors)


def _changed(name: str, before: State, after: State) -> list[str]:
    """An error sentence if this part of the state has arrays of other shapes, types or structure
    after a generation."""
    old, new = getattr(before, name), getattr(after, name)
    if jax.tree.structure(old) == jax.tree.structure(new):
        pairs = zip(jax.tree.leaves(old), jax.tree.leaves(new), strict=True)
        changed = [(a, b) for a, b in pairs if (a.shape, a.dtype) != (b.shape, b.dtype)]
        if not changed:
            return []
        a, b = changed[0]
        how = f"shape {b.shape} and type {b.dtype}, where it had {a.shape} and {a.dtype}"
    else:
        how = "another structure"
    part = f"The {name}" + ("" if name == "pool" else f" ({type(new).__name__})")
    return [
        f"{part} changes its arrays in a generation: {how}. Return arrays "
        "of the same shapes and types."
    ]


def causes(arm: Arm) -> list[str]:
    """Error sentences for an arm that cannot be traced: they name the measures that fail, or the
    other parts if it fails without any measure."""
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


def _traced(arm: Arm) -> tuple[State, State]:
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
    return error_of(lambda: _traced(replace(arm, measures=measures)))


def error_of(function: Callable) -> Exception | None:
    """The exception that the function raises, or None."""
    try:
        function()
    except Exception as error:
        return error
    return None

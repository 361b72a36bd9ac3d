"""Prepare an arm: validate and complete it, and convert its numbers to arrays, before compilation.

``prepare`` reports all errors at once. Prepared arms are not checked again.
"""

import math
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from collapse.errors import UserError
from collapse.items import check_compatible, misread
from collapse.loop.arm import Arm
from collapse.loop.check_arm import kind_errors, part_errors, with_tuples
from collapse.loop.check_judge import check_judge, judge_errors, share_of
from collapse.loop.trial import check_arm, check_fit, check_points
from collapse.models.capabilities import HasNet
from collapse.numerics.programs import check_once
from collapse.numerics.pytree import parts_of, replace, strip_weak_type
from collapse.part import Part, offers
from collapse.samplers.base import KeptStatistic, Statistic, TokenSampler

MOST_ROWS = 2**31 - 1  # largest number of rows
SHARE_ERROR = 1e-7  # bound of the relative rounding error of a share in single precision


def as_arrays(tree: Any) -> Any:
    """Convert every number in the tree to a strongly typed array. A Python float would be a
    constant of the compiled program, so that a new value would compile a new program."""

    def to_array(leaf):
        if isinstance(leaf, (int, float)) and not isinstance(leaf, bool):
            return jnp.array(leaf, jnp.result_type(float))  # 2 and 2.0 share one program
        if isinstance(leaf, (np.ndarray, np.generic)):
            is_float = np.issubdtype(leaf.dtype, np.floating)
            return jnp.array(leaf, jnp.result_type(float) if is_float else None)
        return leaf

    return strip_weak_type(jax.tree.map(to_array, tree))


def prepare(arm: Arm, checked: bool = True) -> Arm:
    """The arm ready to run: validated, completed and converted to arrays. Raises ``UserError``.

    ``checked`` also traces a generation on shapes to find incompatible parts, which takes as long
    as the tracing of a run. A caller that runs the arm at once can use ``explained`` instead.
    """
    arm = with_tuples(arm)
    if errors := kind_errors(arm):
        raise UserError(*errors)
    errors = []
    for path, part in parts_of(arm):
        if part is not arm and hasattr(part, "validate"):
            errors += [f"{path}: {sentence}" for sentence in part_errors(part)]
    errors = errors or fit_errors(arm)  # only valid parts can declare their items
    errors += arm_errors(arm) + judge_errors(arm)
    if errors:
        raise UserError(*errors)
    arm = with_sizes(arm)
    arm = replace(arm, model=arm.model.bind(arm))
    check_items(arm)
    measures = tuple(measure.bind(arm) for measure in arm.measures)
    arm = replace(arm, judge=arm.judge.bind(arm), measures=measures)
    arm = replace(arm, sampler=sampler_of(arm))
    if arm.sampler.kind == "items" and arm.candidates > MOST_ROWS:
        raise UserError(
            f"n = {arm.n} needs {arm.candidates} candidates per generation, and the limit is "
            f"{MOST_ROWS}: lower n to {arm.n * MOST_ROWS // arm.candidates}."
        )
    if checked:
        check_once(check_together, arm)
    return arm


def with_sizes(arm: Arm) -> Arm:
    """The arm with its regime bound, the numbers of candidates and of a group filled in, and its
    numbers as arrays. Raises ``UserError``."""
    group = arm.group or int(arm.judge.group)
    share = share_of(arm.judge)
    regime = arm.regime.bind(arm)
    if errors := [f"regime: {sentence}" for sentence in regime.validate()]:
        raise UserError(*errors)
    slots = regime.slots(arm.generations)
    candidates = arm.candidates or math.ceil(slots / share * (1 - SHARE_ERROR))
    candidates = -(-candidates // group) * group  # whole groups
    return as_arrays(replace(arm, candidates=candidates, group=group, regime=regime))


def check_items(arm: Arm) -> None:
    """Check that the model can be fitted to the truth's items, on shapes, where what both declare
    does not say so: for parts that declare nothing, and for classes of a user."""
    for part in arm.truth.singles:
        check_points(part)
    declared = [part.gives() for part in arm.truth.singles]
    models = arm.model.singles
    of_user = any(not type(part).__module__.startswith("collapse.") for part in models)
    if of_user or None in declared + [part.takes() for part in models]:
        check_fit(arm.truth, arm.model)


def check_together(arm: Arm) -> None:
    """Try a generation of a prepared arm on shapes alone. Raises ``UserError``."""
    check_judge(arm)
    check_arm(arm)


NO_MEMORY = "The memory ran out: lower n, the seeds or the generations."


@contextmanager
def explained(arm: Arm):
    """Context that turns exceptions inside into error sentences about the arm."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        check_together(arm)
        if without_memory(error):
            raise UserError(NO_MEMORY) from error
        raise  # the arm is valid: the error has another cause


def without_memory(error: Exception) -> bool:
    """Whether an exception says that the memory ran out."""
    return isinstance(error, MemoryError) or "RESOURCE_EXHAUSTED" in str(error)


def needs_items(arm: Arm) -> list[str]:
    """Reasons why an arm cannot draw sufficient statistics in place of items; empty if it can."""
    why = []
    model, regime, name = arm.model, arm.regime, type(arm.model).__name__
    if not arm.judge.keeps_all:
        why += kept_needs_items(arm)
    readers = [type(m).__name__ for m in arm.measures if m.reads != "model"]
    if readers:
        why.append(f"the measures {', '.join(readers)} look at items")
    if "summary" not in regime.kinds:
        why.append(f"{type(regime).__name__} chooses among items")
    if not arm.learner.refits:
        why.append(f"the learner {type(arm.learner).__name__} looks at items")
    if not model.summarised or type(arm.truth) is not type(model):
        why.append(f"{name} has no sufficient statistic of what the truth draws")
    elif "summary" in regime.kinds and not model.summary_pays(regime.least(arm.generations)):
        why.append(f"a summary of {name} would be no smaller than the items it is of")
    try:
        model.reshaped(arm.sampler)
    except UserError:
        why.append(f"{type(arm.sampler).__name__} draws token by token")
    return why


def kept_needs_items(arm: Arm) -> list[str]:
    """Reasons why the statistic of what the judge keeps cannot be drawn; empty if it can. It is
    drawn only on request, by ``statistics=True``, so that arms with a judge draw items by
    default."""
    if not (arm.statistics and arm.judge.independent):
        return [f"the judge {type(arm.judge).__name__} looks at items"]
    why = []
    if not offers(arm.model, "kept"):
        why.append(f"{type(arm.model).__name__} has no statistic of what a judge keeps of it")
    if arm.regime.judge_real:
        why.append("the judge looks at real items")
    slots = arm.regime.slots(arm.generations)
    if any(float(arm.regime.taken(jnp.array(t))) != slots for t in (1, arm.generations)):
        why.append(f"{type(arm.regime).__name__} does not take all rows that are kept")
    if arm.candidates == slots and not arm.judge.hard:
        why.append("with as many candidates as items the chances are weights of items")
    return why


def sampler_of(arm: Arm) -> Any:
    """The arm's sampler, changed to draw summaries if possible."""
    if arm.sampler.kind != "items" or arm.statistics is False:
        return arm.sampler
    why = needs_items(arm)
    if why and arm.statistics:
        raise UserError(f"statistics=true is not possible: {'; '.join(why)}. Leave statistics out.")
    if why:
        return arm.sampler
    return Statistic(arm.sampler) if arm.judge.keeps_all else KeptStatistic(arm.sampler)


def rows_reason(arm: Arm) -> str:
    """The kind of rows that a prepared arm draws and why, as a sentence of the manifest."""
    if arm.sampler.kind == "support":
        return "the whole support, exactly: its sampler is Support"
    if arm.sampler.kind == "summary":
        return "sufficient statistics: judge, learner, measures and regime need no items"
    if arm.statistics is False:
        return "items: statistics=false"
    return "items: " + "; ".join(needs_items(arm))


def arm_errors(arm: Arm) -> list[str]:
    """Error sentences for the sizes of an arm and for combinations of its parts."""
    errors = []
    if arm.n < 1:
        errors.append(f"n, the items kept per generation, must be at least 1, not {arm.n}.")
    if arm.generations < 1:
        errors.append(f"generations must be at least 1, not {arm.generations}.")
    if arm.candidates is not None and arm.candidates < arm.n:
        errors.append(f"candidates ({arm.candidates}) must be at least n ({arm.n}).")
    if arm.sampler.kind not in arm.regime.kinds:
        errors.append(
            f"{type(arm.regime).__name__} accepts {' or '.join(arm.regime.kinds)}, and the "
            f"sampler {type(arm.sampler).__name__} draws {arm.sampler.kind}: choose others."
        )
    if arm.learner.needs_net and not isinstance(arm.model, HasNet):
        errors.append(
            f"{type(arm.learner).__name__} follows a gradient, and {type(arm.model).__name__} has "
            "no parameters to follow: use RewardWeighted, or a categorical or conditional model."
        )
    for part in (arm.model, arm.judge, arm.learner, arm.sampler, arm.regime, *arm.measures):
        errors += part.check_compatible(arm)
    if arm.model.sample_smoothed and isinstance(arm.sampler, TokenSampler):
        errors.append(f"{type(arm.sampler).__name__} and model.sample_smoothed cannot be combined.")
    if isinstance(arm.sampler, TokenSampler) and not arm.model.tokens:
        name = type(arm.model).__name__
        errors.append(f"{type(arm.sampler).__name__} reshapes tokens, and {name} has none.")
    return errors


def fit_errors(arm: Arm) -> list[str]:
    """Error sentences for parts whose declared items do not fit those of the truth."""
    errors = check_compatible(arm.truth, arm.model)
    inside = (part for _, part in parts_of(arm.judge) if isinstance(part, Part))  # no schedules
    for part in (arm.sampler, *arm.measures, *inside):
        errors += misread(part, arm.truth)
    return list(dict.fromkeys(errors))

"""The door: everything is checked and turned into arrays here, before anything is compiled.

``prepare`` reports every mistake at once. Behind the door nothing is checked again.
"""

import math
from contextlib import contextmanager
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from collapse.beginning import begin
from collapse.core import generation, noise_of
from collapse.errors import Mistake
from collapse.judges.policies import KeepAll
from collapse.judges.written import written_mistakes
from collapse.learners.likelihood import MaximumLikelihood
from collapse.samplers.base import Statistic
from collapse.trees import change, parts_of, seed_keys, strong
from collapse.trial import check_judge
from collapse.types import Arm


def as_arrays(tree: Any) -> Any:
    """Every number in the tree as a strongly typed array: a Python float would be a constant of
    the compiled program, and a new strength a new program."""

    def to_array(leaf):
        if isinstance(leaf, (int, float)) and not isinstance(leaf, bool):
            return jnp.array(leaf, jnp.result_type(float))  # 2 and 2.0 are one program
        if isinstance(leaf, (np.ndarray, np.generic)):
            is_float = np.issubdtype(leaf.dtype, np.floating)
            return jnp.array(leaf, jnp.result_type(float) if is_float else None)
        return leaf

    return strong(jax.tree.map(to_array, tree))


def prepare(arm: Arm, checked: bool = True) -> Arm:
    """The arm ready to run: checked, completed and made of arrays. Raises ``Mistake``.

    ``checked`` also tries whether its parts fit each other, which costs as much as the tracing of
    a run; whoever runs the arm at once can have that ``explained`` where it fails.
    """
    wrong = arm_mistakes(arm) + written_mistakes(arm.judge)
    for path, part in parts_of(arm):
        if part is not arm and hasattr(part, "mistakes"):
            wrong += [f"{path}: {sentence}" for sentence in part.mistakes()]
    wrong = wrong or _length_mistakes(arm)  # a truth without mistakes can be asked for its shape
    if wrong:
        raise Mistake(*wrong)
    group = arm.group or int(arm.judge.group)
    share = float(jnp.asarray(arm.judge.share))
    if not 0 < share <= 1:
        name = type(arm.judge).__name__
        raise Mistake(f"The judge {name} has share {share:g}; it must lie in (0, 1].")
    regime = arm.regime.meet(arm)
    wrong = [f"regime: {sentence}" for sentence in regime.mistakes()]
    if wrong:
        raise Mistake(*wrong)
    slots = regime.slots(arm.generations)
    candidates = arm.candidates or math.ceil(round(slots / share, 6))
    candidates = -(-candidates // group) * group
    arm = as_arrays(change(arm, candidates=candidates, group=group, regime=regime))
    measures = tuple(_met(measure, arm) for measure in arm.measures)
    judge = _judge_met(arm.judge, arm)
    arm = change(arm, model=_met(arm.model, arm), judge=judge, measures=measures)
    arm = change(arm, sampler=sampler_of(arm))
    if wrong := _shape_mistakes(arm):
        raise Mistake(*wrong)
    if checked:
        check_judge(arm)
        check_arm(arm)
    return arm


@contextmanager
def explained(arm: Arm):
    """What goes wrong inside, told as the mistake in the arm that it comes from."""
    try:
        yield
    except Mistake:
        raise
    except Exception:
        check_judge(arm)
        check_arm(arm)
        raise  # the arm is sound: something else is wrong


def _met(part: Any, arm: Arm) -> Any:
    """The part with what it needs to know of its arm."""
    return part.meet(arm) if hasattr(part, "meet") else part


def _judge_met(judge: Any, arm: Arm) -> Any:
    """The judge with what it, or a judge inside it, needs to know of its arm."""
    meets = lambda part: hasattr(part, "meet")  # noqa: E731
    return jax.tree.map(lambda part: _met(part, arm), judge, is_leaf=meets)


def needs_items(arm: Arm) -> list[str]:
    """Why an arm cannot draw sufficient statistics in place of items: nothing, if it can."""
    why = []
    model, regime, name = arm.model, arm.regime, type(arm.model).__name__
    if type(arm.judge) is not KeepAll:
        why.append(f"the judge {type(arm.judge).__name__} looks at items")
    readers = [type(m).__name__ for m in arm.measures if m.reads != "model"]
    if readers:
        why.append(f"the measures {', '.join(readers)} look at items")
    if "summary" not in regime.kinds:
        why.append(f"{type(regime).__name__} chooses among items")
    if type(arm.learner) is not MaximumLikelihood:
        why.append(f"the learner {type(arm.learner).__name__} looks at items")
    if not model.summarised or type(arm.truth) is not type(model):
        why.append(f"{name} has no sufficient statistic of what the truth draws")
    elif "summary" in regime.kinds and not model.summary_pays(regime.least(arm.generations)):
        why.append(f"a summary of {name} would be no smaller than the items it is of")
    try:
        model.reshaped(arm.sampler)
    except Mistake:
        why.append(f"{type(arm.sampler).__name__} draws token by token")
    return why


def sampler_of(arm: Arm) -> Any:
    """The arm's sampler, drawing summaries where it may."""
    if arm.sampler.kind != "items" or arm.statistics is False:
        return arm.sampler
    why = needs_items(arm)
    if why and arm.statistics:
        raise Mistake(f"statistics=true cannot be: {'; '.join(why)}. Leave statistics out.")
    return arm.sampler if why else Statistic(arm.sampler)


def rows_reason(arm: Arm) -> str:
    """What kind of rows a prepared arm draws, and why, for the manifest."""
    if arm.sampler.kind == "support":
        return "the whole support, exactly: its sampler is Support"
    if arm.sampler.kind == "summary":
        return "sufficient statistics: judge, learner, measures and regime need no items"
    if arm.statistics is False:
        return "items: statistics=false"
    return "items: " + "; ".join(needs_items(arm))


def arm_mistakes(arm: Arm) -> list[str]:
    wrong = []
    if arm.n < 1:
        wrong.append(f"n, the items kept per generation, must be at least 1, not {arm.n}.")
    if arm.generations < 1:
        wrong.append(f"generations must be at least 1, not {arm.generations}.")
    if arm.candidates is not None and arm.candidates < arm.n:
        wrong.append(f"candidates ({arm.candidates}) must be at least n ({arm.n}).")
    if not arm.regime.judged and type(arm.judge) is not KeepAll:
        wrong.append(f"{type(arm.regime).__name__} draws its rows itself: use the judge KeepAll.")
    for _, part in parts_of(arm.judge):
        if arm.sampler.kind == "support" and getattr(part, "random", False):
            wrong.append(
                f"{type(part).__name__} has no exact form: it would be one draw for all items of "
                "an outcome."
            )
    if arm.learner.needs_net and not hasattr(arm.model, "net"):
        wrong.append(
            f"{type(arm.learner).__name__} follows a gradient, and {type(arm.model).__name__} has "
            "no parameters to follow: use RewardWeighted, or a categorical or conditional model."
        )
    for part in (arm.learner, arm.sampler, arm.regime, *arm.measures):
        wrong += part.misfits(arm)
    group = int(arm.judge.group)
    if arm.group is not None and (arm.group < 1 or group not in (1, arm.group)):
        wrong.append(f"group must be the judge's own, {group}, not {arm.group}: leave it out.")
    sizes = [getattr(part, "size", None) for part in (arm.truth, arm.model)]
    if None not in sizes and sizes[0] != sizes[1]:
        wrong.append(f"The truth has {sizes[0]} tokens and the model {sizes[1]}: set model.size.")
    if getattr(arm.model, "sample_smoothed", False) and hasattr(arm.sampler, "temperature"):
        wrong.append(f"{type(arm.sampler).__name__} and model.sample_smoothed cannot be combined.")
    if hasattr(arm.sampler, "temperature") and not arm.model.tokens:
        name = type(arm.model).__name__
        wrong.append(f"{type(arm.sampler).__name__} reshapes tokens, and {name} has none.")
    for _, part in parts_of(arm.judge):
        if getattr(part, "under", None) == "reference" and not arm.keep_reference:
            wrong.append("A likelihood under the reference needs keep_reference=true in the arm.")
    return wrong


def _length_mistakes(arm: Arm) -> list[str]:
    """A model of rows of one length, and a truth whose rows have another."""
    length = getattr(arm.model, "length", None)
    if length is None or not arm.model.tokens:
        return []
    rows = jax.eval_shape(lambda: arm.truth.sample(jax.random.key(0), 1))
    name, truth = type(arm.model).__name__, type(arm.truth).__name__
    if getattr(rows, "ndim", 0) != 2 or not jnp.issubdtype(rows.dtype, jnp.integer):
        return [f"{name} reads rows of tokens, which {truth} does not draw."]
    if rows.shape[1] != length:
        return [
            f"The rows of the truth have {rows.shape[1]} tokens and those of {name} {length}: set "
            f"model.length={rows.shape[1]}."
        ]
    return []


def _shape_mistakes(arm: Arm) -> list[str]:
    """A network that writes points or images of another shape than the truth's."""
    if arm.model.tokens or not hasattr(arm.model, "training"):
        return []
    name, truth = type(arm.model).__name__, type(arm.truth).__name__
    shapes = [
        jax.eval_shape(lambda part=part: part.sample(jax.random.key(0), 1)).shape[1:]
        for part in (arm.truth, arm.model)
    ]
    if shapes[0] == shapes[1]:
        return []
    return [
        f"The rows of the truth ({truth}) have shape {shapes[0]} and those of {name} {shapes[1]}: "
        "set the model's sizes, or give data of its size."
    ]


def check_arm(arm: Arm) -> None:
    """Try a whole generation on shapes alone: parts that do not fit each other are told here."""
    try:
        keys = seed_keys(jax.random.key(0), [0])
        state, _ = jax.eval_shape(lambda: begin(arm, keys))
        one = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), state)
        key = jax.random.key(0)
        t = jnp.array(1, jnp.int32)
        noise = jax.eval_shape(lambda: noise_of(arm, t, key))
        after = jax.eval_shape(
            lambda state, noise: generation(arm, state, t, key, noise)[0], one, noise
        )
    except Mistake:
        raise
    except Exception as error:
        first = (str(error).strip() or "no message").splitlines()[0]
        raise Mistake(
            f"The parts of this arm do not fit each other ({type(error).__name__}: {first}): model "
            f"{type(arm.model).__name__}, truth {type(arm.truth).__name__}, measures "
            f"{', '.join(type(m).__name__ for m in arm.measures)}."
        ) from error
    if jax.tree.structure(after) != jax.tree.structure(one):
        raise Mistake("A part of this arm comes back from a generation with another structure.")

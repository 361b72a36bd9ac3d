"""Whether what stands in an arm is the kind of thing that belongs there: told before anything else,
so that nothing else has to ask."""

from typing import Any

import numpy as np

from collapse.errors import Mistake
from collapse.judges.base import Judge
from collapse.learners.base import Learner
from collapse.measures.base import Measure
from collapse.models.base import Model
from collapse.regimes.base import Regime
from collapse.samplers.base import Sampler
from collapse.trees import parts_of
from collapse.trial import told
from collapse.types import Arm

KINDS = {"truth": Model, "model": Model, "judge": Judge, "regime": Regime, "learner": Learner}
KINDS |= {"sampler": Sampler}
SIZES = {
    "n": False,
    "generations": False,
    "candidates": True,
    "group": True,
}  # whether it may be None


def kind_mistakes(arm: Any) -> list[str]:
    """A sentence for each part, size and field that holds another kind of thing."""
    if not isinstance(arm, Arm):
        return [f"An Arm is needed, not {shown(arm)}: make one with collapse.Arm."]
    if not isinstance(arm.measures, (tuple, list)):
        return [f"measures must be a tuple of measures, not {shown(arm.measures)}."]
    places = [(name, getattr(arm, name), kind) for name, kind in KINDS.items()]
    places += [(f"measures.{i}", measure, Measure) for i, measure in enumerate(arm.measures)]
    wrong = [
        f"{name} must be a {kind.__name__}, not {shown(part)}."
        for name, part, kind in places
        if not isinstance(part, kind)
    ]
    for name, optional in SIZES.items():
        size = getattr(arm, name)
        if not (is_whole(size) or (optional and size is None)):
            wrong.append(f"{name} must be a whole number, not {size!r}.")
    for path, part in parts_of(arm):
        lists = [k for k, x in vars(part).items() if isinstance(x, list) and part is not arm]
        told_of = (
            f"of {type(part).__name__} cannot be a list: give one number, or a tuple of parts."
        )
        wrong += [f"{path}: {name} {told_of}" for name in lists]
    return wrong


def own_mistakes(part: Any) -> list[str]:
    """What a part finds wrong with itself, also where it cannot even look."""
    try:
        return part.mistakes()
    except Mistake as mistake:
        return mistake.sentences
    except Exception as error:
        return [f"{type(part).__name__} holds something that is no number ({told(error)})."]


def shown(thing: Any) -> str:
    """What was given, in a few words."""
    if isinstance(thing, type):
        return f"the class {thing.__name__}: write {thing.__name__}()"
    return f"{type(thing).__name__} {thing!r}" if isinstance(thing, str) else type(thing).__name__


def is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)

"""All checks of a judge: its methods and their arguments, the other parts of its arm, its first
verdict on shapes alone, the same on real numbers, and what it answered in a run. Errors become
sentences."""

import dataclasses
import inspect

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError, user_line
from collapse.judges.base import Judge, verdict_of
from collapse.judges.policies import KeepAll
from collapse.loop.arm import Arm
from collapse.loop.generation import noise_of, propose, step_keys
from collapse.loop.start import first_state
from collapse.loop.trial import causes, error_of
from collapse.numerics.pytree import parts_of, replace, seed_keys
from collapse.rewards.base import Reward
from collapse.samplers.base import KeptStatistic
from collapse.suggest import nearest
from collapse.types import View

# The arguments, beside self, that methods of judges and rewards are called with.
CALLS = {
    "score": ("key", "view"),
    "weigh": ("key", "view", "reward"),
    "expect": ("view", "reward"),
    "judge": ("key", "view"),
}


def signature_errors(judge) -> list[str]:
    """Error sentences for the classes of a judge and of the judges and rewards inside it."""
    kinds = dict.fromkeys(type(p) for _, p in parts_of(judge) if isinstance(p, (Judge, Reward)))
    errors = []
    for kind in kinds:
        errors += _no_method(kind) if issubclass(kind, Judge) else []
        errors += _other_arguments(kind)
    return errors


def _no_method(kind: type) -> list[str]:
    """An error for a judge without any judging method, which would keep arbitrary items."""
    fields = {field.name for field in dataclasses.fields(kind)}
    if any(name in fields or getattr(kind, name) is not getattr(Judge, name) for name in CALLS):
        return []
    written = [name for each in kind.__mro__ for name in vars(each) if _is_users(each, name)]
    meant = next(filter(None, (nearest(name, ("score", "weigh")) for name in written)), "")
    return [
        f"The judge {kind.__name__} defines neither score nor weigh{meant}: write score(self, key, "
        "view), which returns one number for each candidate."
    ]


def _is_users(kind: type, name: str) -> bool:
    """Whether a name is a public method of a user's class, perhaps a misspelt one of ours."""
    of_user = not kind.__module__.startswith(("collapse.", "equinox.", "builtins"))
    return of_user and not name.startswith("_") and callable(getattr(kind, name, None))


def _other_arguments(kind: type) -> list[str]:
    """An error for each method that cannot be called with the arguments of ``CALLS``."""
    errors = []
    for name, arguments in CALLS.items():
        static = inspect.getattr_static(kind, name, None)
        method = getattr(kind, name, None)
        if not inspect.isroutine(method) or isinstance(static, (staticmethod, property)):
            continue
        signature = inspect.signature(method)
        try:
            signature.bind(None, *arguments)
        except TypeError:
            code = inspect.unwrap(method).__code__
            errors.append(
                f"{name} of {kind.__name__} takes {signature} ({code.co_filename}, line "
                f"{code.co_firstlineno}). It is called with {', '.join(arguments)}: write "
                f"{name}({', '.join(('self', *arguments))})."
            )
    return errors


def judge_errors(arm: Arm) -> list[str]:
    """Error sentences for the arm's judge: its methods, and its fit to the other parts."""
    errors = signature_errors(arm.judge)
    if not arm.regime.judged and not arm.judge.keeps_all:
        errors.append(f"{type(arm.regime).__name__} draws its rows itself: use the judge KeepAll.")
    group = int(arm.judge.group)
    if arm.group is not None and (arm.group < 1 or group not in (1, arm.group)):
        errors.append(f"group must be the judge's own, {group}, not {arm.group}: leave it out.")
    for reward in (part for _, part in parts_of(arm.judge) if isinstance(part, Reward)):
        if reward.random and arm.sampler.kind == "support":
            errors.append(
                f"{type(reward).__name__} has no exact form, as it can differ between equal items:"
                " use a sampler that draws items, such as Plain."
            )
        if reward.under == "reference" and not arm.keep_reference:
            errors.append("A likelihood under the reference needs keep_reference=true in the arm.")
    return errors


def share_of(judge: Judge) -> float:
    """The share of candidates that the judge keeps. Raises ``UserError``."""
    name, share = type(judge).__name__, jnp.asarray(judge.share)
    if share.ndim:
        raise UserError(f"The judge {name} has a share of shape {share.shape}: give one number.")
    if not 0 < float(share) <= 1:
        raise UserError(f"The judge {name} has share {float(share):g}; it must lie in (0, 1].")
    return float(share)


def check_judge(arm: Arm) -> None:
    """Try the judge on shapes alone, so that an exception in its code becomes a sentence."""
    name = type(arm.judge).__name__
    try:
        verdict = jax.eval_shape(lambda: _first_verdict(arm))
    except Exception as error:
        judgeless = replace(arm, judge=KeepAll())
        if before := error_of(lambda: jax.eval_shape(lambda: _first_verdict(judgeless))):
            raise UserError(*causes(arm)) from before  # the arm fails without the judge too
        if isinstance(error, UserError):
            sentences = error.sentences
            named = [text if name in text else f"The judge {name}: {text}" for text in sentences]
            raise UserError(*named) from error
        message = (str(error).strip() or "no message").splitlines()[0].rstrip(".")
        place = f" ({line})" if (line := user_line(error)) else ""
        raise UserError(
            f"The judge {name} raised {type(error).__name__} on the first generation: {message}"
            f"{place}. {_remedy(arm, error)}"
        ) from error
    if isinstance(arm.sampler, KeptStatistic):  # the judge sees the support
        expected = verdict.reward.shape
    else:
        shapes = {"items": (arm.candidates,), "summary": (1,)}
        expected = shapes.get(arm.sampler.kind, verdict.reward.shape)
    for what, array in (("weight", verdict.weight), ("reward", verdict.reward)):
        if getattr(array, "shape", None) != expected:
            raise UserError(
                f"The judge {name} returned {what} of shape {getattr(array, 'shape', None)}, where "
                f"one number per candidate is needed: shape {expected}."
            )
    for note, array in verdict.notes.items():
        if array.shape[:1] != expected:
            raise UserError(
                f"The judge {name} returned the note {note!r} of shape {array.shape}. A note has "
                f"one entry for each candidate: its first axis must have length {expected[0]}."
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


def _first_verdict(arm: Arm, key=None):
    """The verdict on generation 1 of one seed; ``key`` None: any, for shapes."""
    key = jax.random.key(0) if key is None else key
    return verdict_of(arm.judge, step_keys(key, 1)["judge"], first_view(arm, key))


def first_view(arm: Arm, key: Array) -> View:
    """What the judge of a prepared arm sees at generation 1, of the seed with that key."""
    batch = arm.sampler.real(step_keys(key, 0)["draw"], arm.truth, arm.n, arm.n)
    state = first_state(arm, batch, key)
    t = jnp.array(1, jnp.int32)
    return propose(arm, state, t, step_keys(key, t), noise_of(arm, t, key))[2]


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
    """Raise ``UserError`` if the judge returned NaN or a weight outside [0, 1] for a candidate.

    ``health`` is that of a record, {name: (generations, S)}, from generation ``t`` on. Seeds whose
    training diverged are left out: there NaN may come from the network, and the record says so.
    """
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

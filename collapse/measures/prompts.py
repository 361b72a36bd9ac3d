"""Conditional models: diversity within and across prompts, and pass@k."""

import math
from dataclasses import KW_ONLY
from typing import ClassVar, final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.curve import OWN, Curve
from collapse.measures.base import Measure
from collapse.metrics.formulas import diversity_loss, entropy, pass_at
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, at_least, offers, one_of, register
from collapse.rewards.base import Reward
from collapse.types import Batch, View


@register("prompt-diversity", "answer diversity within and across prompts")
@final
class PromptDiversity(Measure):
    """Diversity of a conditional model's answers, within and across prompts (Kirk et al. 2024).

    Curves: per_prompt_entropy, H(answer | prompt), and across_prompt_entropy, H(answer) over all
    prompts, in nats; prompt_information, their difference, which is the mutual information between
    answer and prompt. It is 0 if all prompts have the same answer distribution; a model with a
    single answer per prompt can still have many answers across prompts.
    """

    reads = "model"
    curves: ClassVar = {
        "per_prompt_entropy": Curve("nats", 0, math.inf, "more", ("order",), OWN),
        "across_prompt_entropy": Curve("nats", 0, math.inf, "more", ("order",), OWN),
        "prompt_information": Curve("nats", 0, math.inf, "more", ("order",), OWN),
    }

    def measure(self, key, view):
        p, prompt = view.model.p, view.model.prompt
        within, across = prompt @ entropy(p, axis=-1), entropy(prompt @ p)
        return {
            "per_prompt_entropy": within,
            "across_prompt_entropy": across,
            "prompt_information": across - within,
        }


@register("pass-at", "unbiased pass@k")
@final
class PassAt(Measure):
    """pass@k: the share of prompts for which at least one of k answers is right, that is, has a
    ``reward`` above 0.

    Estimated without bias from groups of G >= k candidates with c right answers by 1 - C(G - c, k)
    / C(G, k) (Chen et al. 2021); exact in exact mode, and with ``of`` "model", which reads the
    model's own probabilities of all answers in place of a sample. Curves: pass_at_k for each of
    ``ks``.
    """

    reward: Reward
    _: KW_ONLY
    ks: tuple[int, ...] = eqx.field(static=True, default=(1, 4))
    of: str = one_of("output", "model")

    @property
    def curves(self):
        each = Curve("share", 0, 1, "more", ("order",), "none")
        return {f"pass_at_{k}": each for k in self.ks}

    def measure(self, key, view):
        if self.of == "model":
            view = on_support(view)
        right = self.reward.score(key, view) > 0
        if view.batch.exact:
            mass = view.batch.mass.reshape(view.prompts, -1)
            solved = (mass * right.reshape(mass.shape)).sum(1)
            weight = mass.sum(1)
            p = jnp.minimum(solved / jnp.where(weight > 0, weight, 1), 1)
            return {f"pass_at_{k}": weight @ (1 - (1 - p) ** k) / weight.sum() for k in self.ks}
        size, count = view.group, view.grouped(right).sum(1)
        if max(self.ks) > size:  # generation 0: the truth is not drawn in groups
            return {f"pass_at_{k}": jnp.full((), jnp.nan) for k in self.ks}
        return {f"pass_at_{k}": pass_at(count, size, k).mean() for k in self.ks}

    def check_compatible(self, arm) -> list[str]:
        """Error sentences if it cannot measure this arm; empty if it can."""
        sampled = arm.sampler.kind == "items" and self.of == "output"
        if sampled and max(self.ks) > (arm.group or int(arm.judge.group)):
            return [
                f"PassAt {max(self.ks)} needs groups of at least as many candidates: set group."
            ]
        return []

    def validate(self):
        few = not self.ks or min(self.ks) < 1
        errors = ["PassAt ks must be whole numbers of at least 1."] if few else []
        return errors + super().validate()


@register("right-answers", "right answers preserved, lost and gained")
@final
class RightAnswers(Measure):
    """The right answers, those with a ``reward`` above 0, that the model and its reference, the
    first fit, give to their prompts with a probability of at least ``least`` (Wu et al. 2025).

    Curves, as shares of all right answers: preserved_answers, given by both; lost_answers, by the
    reference alone; gained_answers, by the model alone. Needs ``keep_reference``.
    """

    reads = "model"
    curves: ClassVar = {
        "preserved_answers": Curve("share", 0, 1, "more", ("order",), OWN),
        "lost_answers": Curve("share", 0, 1, "less", ("order",), OWN),
        "gained_answers": Curve("share", 0, 1, "more", ("order",), OWN),
    }

    reward: Reward
    _: KW_ONLY
    least: Numbers = 0.001

    def measure(self, key, view):
        right = self.reward.score(key, on_support(view)).reshape(view.model.p.shape) > 0
        now, before = (
            right & (model.p >= self.least) for model in (view.model, reference_of(view))
        )
        total = jnp.maximum(right.sum(), 1)
        return {
            "preserved_answers": (now & before).sum() / total,
            "lost_answers": (before & ~now).sum() / total,
            "gained_answers": (now & ~before).sum() / total,
        }

    def check_compatible(self, arm):
        return [] if arm.keep_reference else ["RightAnswers needs keep_reference=true in the arm."]


@register("diversity-loss", "loss of diversity: wrong answers removed, right answers narrowed")
@final
class DiversityLoss(Measure):
    """How much less likely it is than under the reference, the first fit, that two answers of the
    model to a prompt differ, in three parts that add up to it (``formulas.diversity_loss``; after
    Karouzos 2026). Right answers are those with a ``reward`` above 0.

    Curves: wrong_removed, negative where there are more wrong ones; right_narrowed; wrong_narrowed.
    Needs ``keep_reference``.
    """

    reads = "model"
    curves: ClassVar = {
        "wrong_removed": Curve("probability", -1, 1, None, ("order",), OWN),
        "right_narrowed": Curve("probability", -1, 1, "less", ("order",), OWN),
        "wrong_narrowed": Curve("probability", -1, 1, "less", ("order",), OWN),
    }

    reward: Reward

    def measure(self, key, view):
        prompt = view.model.prompt
        right = self.reward.score(key, on_support(view)).reshape(view.model.p.shape) > 0
        before, after = (_pairs(model.p, right) for model in (reference_of(view), view.model))
        parts = diversity_loss(before, after) @ prompt
        return dict(zip(self.curves, parts, strict=True))

    def check_compatible(self, arm):
        return [] if arm.keep_reference else ["DiversityLoss needs keep_reference=true in the arm."]


def reference_of(view: View):
    """The reference model; the model itself where the view has none."""
    return view.model if view.reference is None else view.reference


def _pairs(p: Array, right: Array) -> Array:
    """(4, C) chances that two answers to each prompt are both right, both wrong, equal and right,
    equal and wrong."""
    kinds = (right, ~right)
    both = [(p * kind).sum(1) ** 2 for kind in kinds]
    equal = [(p**2 * kind).sum(1) for kind in kinds]
    return jnp.stack(both + equal)


@register("held-out-prompts", "mean reward of answers to prompts that are not trained on")
@final
class HeldOutPrompts(Measure):
    """Curve: held_out_reward, the mean ``reward`` of ``each`` answers of a ``PromptedTable`` to
    every one of the texts ``given`` (C, L), prompts that it is not asked in training."""

    reads = "model"
    curves: ClassVar = {"held_out_reward": Curve("reward", bias="none")}

    reward: Reward
    _: KW_ONLY
    given: Numbers = array(0)
    each: int = at_least(1, default=8, static=True)

    def measure(self, key, view):
        if not offers(view.model, "given"):  # at generation 0: a truth may have no prompts
            return {"held_out_reward": jnp.full((), jnp.nan)}
        draw, score = jax.random.split(key)
        model = replace(view.model, given=self.given)
        rows = model.sample_groups(draw, len(self.given) * self.each, self.each)
        batch = Batch(rows, jnp.ones(len(rows)), jnp.zeros(len(rows), jnp.int32))
        return {"held_out_reward": self.reward.score(score, replace(view, batch=batch)).mean()}

    def check_compatible(self, arm):
        if not offers(arm.model, "given"):
            name = type(arm.model).__name__
            return [f"HeldOutPrompts asks a PromptedTable, and the model is a {name}."]
        if jnp.shape(self.given)[1:] != jnp.shape(arm.model.given)[1:]:
            return ["HeldOutPrompts given needs texts as long as those of the model's prompts."]
        return []


def on_support(view: View) -> View:
    """The view with the whole support of its model as its batch."""
    rows, p = view.model.support()
    return replace(view, batch=Batch(rows, p, jnp.zeros(len(p), jnp.int32), "support"))

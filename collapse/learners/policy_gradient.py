"""Learning from rewards: weighted refits and policy gradients, with KL and entropy regularisation.

Both increase E[r] - kl_coef D(p, reference) + entropy H(p), with r the reward or the group's
advantage and D a KL or another divergence, using items drawn by the model itself. A weighted refit
is a natural-gradient step, for any model; a policy gradient follows the gradient with respect to a
model's parameters.
"""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
from jax import Array

from collapse.learners.advantage import BASELINES, advantage
from collapse.learners.base import (
    Learner,
    generation_of,
    log_ratio,
    moved,
    scaled_rows,
    synthetic,
)
from collapse.models.base import choose
from collapse.part import Numbers, at_least, one_of, positive, register
from collapse.regimes import Replace
from collapse.samplers.base import Plain
from collapse.schedule import Schedule, value_at

DIVERGENCES = ("reverse", "forward", "js")


class _FromRewards(Learner):
    """Base class of learners that read rewards.

    ``kl_coef`` is the weight of the divergence from the reference: "reverse" is KL(p || reference),
    "forward" KL(reference || p) and "js" Jensen and Shannon's (DPH-RL, 2025). ``k`` is that of the
    baseline "pass-at-k" (Chen et al. 2025). ``entropy`` is the weight of the entropy bonus, in
    generation t that of t if it is a ``Schedule``, for example one that falls to 0.

    They need rows drawn by the previous generation's unmodified model. ``corrected`` stores the
    log-probability under which each row was drawn, and weights older or modified rows by the
    importance ratio (model probability over stored probability).
    """

    notes_rows = True
    reads_source = True

    _: KW_ONLY
    baseline: str = one_of(*BASELINES, default="mean")
    kl_coef: Numbers | None = at_least(0, default=None)
    divergence: str = one_of(*DIVERGENCES)
    entropy: Array | float | Schedule | None = at_least(0, default=None)
    k: int = at_least(1, default=4, static=True)
    corrected: bool = eqx.field(static=True, default=False)

    def notes(self, view, verdict, sampler):
        notes = {"advantage": self.advantage(view, verdict)}
        if self.corrected:
            of = sampler.of if view.batch.exact else sampler
            notes["behaviour"] = self.log_prob(view.model.reshaped(of), view.items)
        return notes

    def advantage(self, view, verdict) -> Array:
        """(m, ...) advantages: rewards minus the baseline."""
        return advantage(verdict.reward, view, self.baseline, self.k)

    def log_prob(self, model, rows) -> Array:
        """(n, ...) log-probabilities of the units that are rewarded: here whole rows."""
        return model.log_prob(rows)

    def penalty(
        self, log_prob: Array, anchor_log_prob: Array | None, counted: Array, t: Array
    ) -> Array:
        """(slots,) penalty of each row, subtracted from its advantage: the KL term, and the entropy
        bonus of generation ``t``."""
        penalty = jnp.zeros_like(log_prob)
        if self.kl_coef is not None:
            log_u = log_ratio(log_prob, anchor_log_prob, counted)
            penalty = penalty + self.kl_coef * divergence_slope(log_u, self.divergence)
        if self.entropy is not None:
            penalty = penalty + value_at(self.entropy, t) * jnp.where(counted, log_prob, 0)
        return penalty

    def check_compatible(self, arm):
        name, errors = type(self).__name__, []
        if type(arm.sampler) is not Plain and arm.sampler.kind == "items" and not self.corrected:
            errors.append(
                f"{name} needs rows drawn from the unmodified model: use the sampler Plain, or set "
                "learner.corrected=true."
            )
        if arm.regime.stale and not self.corrected:
            errors.append(
                f"{name} cannot learn from rows of older models, which {type(arm.regime).__name__} "
                "keeps: use Replace, or set learner.corrected=true."
            )
        if arm.sampler.kind == "support" and type(arm.regime) is not Replace:
            errors.append(f"{name} in exact mode needs the regime Replace: mixes merge rewards.")
        grouped = (arm.group or int(arm.judge.group)) > 1 or arm.sampler.kind == "support"
        if self.baseline == "pass-at-k":
            size = arm.group or int(arm.judge.group)
            if arm.sampler.kind == "support" or not size > self.k:
                errors.append(
                    f"{name} with the baseline pass-at-k needs sampled groups of more than k = "
                    f"{self.k} answers: set group."
                )
        if self.baseline in ("others", "standardised") and not grouped:
            errors.append(
                f"{name} compares the candidates of a group: set group, for example group=8."
            )
        if self._reads_reference and not arm.keep_reference:
            errors.append(f"{name} with an anchor needs keep_reference=true in the arm.")
        return errors

    @property
    def _reads_reference(self) -> bool:
        return self.kl_coef is not None


def divergence_slope(log_ratio: Array, divergence: str) -> Array:
    """f'(u) of the divergence sum q f(p / q), log_ratio = ln u, u = p / q: what a policy gradient
    takes from the reward of an item. Constants are left out, as advantages have none.

    reverse KL(p || q): ln u; forward KL(q || p): -1 / u; js, 1/2 KL(p || m) + 1/2 KL(q || m) with m
    = (p + q) / 2: ln(2 u / (1 + u)) / 2.
    """
    if divergence == "forward":
        return -jnp.exp(-log_ratio)
    if divergence == "js":
        return (log_ratio + jnp.log(2.0) - jnp.logaddexp(0.0, log_ratio)) / 2
    return log_ratio


@register("reward-weighted", "refit with weights exp(reward)")
@final
class RewardWeighted(_FromRewards):
    """Refit with weights exp(rate * (r - kl_coef (ln p - ln reference) - entropy ln p)).

    The new model is p^(1 - rate (kl_coef + entropy)) reference^(rate kl_coef) e^(rate r), with rate
    = ``learning_rate``: one step of mirror descent, or of the natural policy gradient (Peters and
    Schaal 2007; Kakade 2001). With learning_rate = 1 / kl_coef it is the optimum reference e^(r /
    kl_coef) in one step; without an anchor, rate is 1 over the strength of a KL penalty to the
    previous model. Any model with a log-probability can be fitted this way; in samples, the weights
    are on the rows that were drawn.
    """

    _: KW_ONLY
    learning_rate: Numbers = positive(default=1.0)

    def learn(self, key, model, data, reference):
        counted, drawn = data.count > 0, synthetic(data)
        log_prob = model.log_prob(data.rows)
        anchor = reference.log_prob(data.rows) if self.kl_coef is not None else None
        penalty = self.penalty(log_prob, anchor, counted, generation_of(data))
        log_weight = data.notes["advantage"] - penalty
        log_weight = self.learning_rate * log_weight
        if self.corrected:
            log_weight = log_weight + log_ratio(log_prob, data.notes["behaviour"], counted)
        log_weight = jnp.where(drawn & counted, log_weight, -jnp.inf)
        largest = log_weight.max()
        weight = jnp.exp(log_weight - jnp.where(largest > -jnp.inf, largest, 0))
        # The total mass of the synthetic rows is unchanged, so real rows keep their share.
        count = jnp.where(drawn, data.count, 0)
        total = (count * weight).sum()
        factor = weight * count.sum() / jnp.where(total > 0, total, 1)
        data = scaled_rows(data, jnp.where(drawn, factor, 1))
        return choose(model.defined(data), model.fit(key, data), model), self


class GradientStep(_FromRewards):
    """Base class of policy gradients: steps along the gradient of ``_objective``."""

    needs_net = True

    _: KW_ONLY
    learning_rate: Numbers = positive(default=1.0)
    steps: int = at_least(1, default=1, static=True)
    clip: Numbers | None = None
    clip_high: Numbers | None = None
    to: str = one_of("reference", "previous")

    def learn(self, key, model, data, reference):
        before = jax.lax.stop_gradient(self.log_prob(model, data.rows))
        old = data.notes["behaviour"] if self.corrected else before
        anchor = None
        if self.kl_coef is not None:
            anchor = before if self.to == "previous" else self.log_prob(reference, data.rows)

        def ascend(_, net):
            gradient = eqx.filter_grad(lambda net: self._objective(model, net, data, old, anchor))
            return jax.tree.map(lambda x, dx: x + self.learning_rate * dx, net, gradient(net))

        net = jax.lax.fori_loop(0, self.steps, ascend, model.net)
        return moved(model, net, data, data.count.sum() > 0), self

    def _objective(self, model, net, data, old: Array, anchor: Array | None) -> Array:
        """The objective that is maximised: an average over all items of the data."""
        counted, drawn = self.each(data.count > 0), self.each(synthetic(data))
        log_prob = self.log_prob_at(model, net, data.rows)
        ratio = jnp.exp(log_ratio(log_prob, old, counted & drawn))
        gain = data.notes["advantage"]
        penalty = self.penalty(log_prob, anchor, counted & drawn, generation_of(data))
        penalty = jax.lax.stop_gradient(penalty)
        objective = ratio * gain
        if self.clip is not None:
            high = self.clip if self.clip_high is None else self.clip_high
            clipped = jnp.clip(ratio, 1 - self.clip, 1 + high)
            objective = jnp.minimum(objective, clipped * gain)
        objective = jnp.where(drawn, objective - ratio * penalty, jnp.where(counted, log_prob, 0))
        return (self.each(data.count) * objective).sum() / jnp.maximum(data.count.sum(), 1)

    def log_prob_at(self, model, net, rows) -> Array:
        """``log_prob`` with the parameters ``net``, to be differentiated."""
        return model.log_prob_at(net, rows)

    def each(self, x: Array) -> Array:
        """Numbers per row (slots,), broadcast to the shape of ``log_prob``."""
        return x

    @property
    def _reads_reference(self):
        return self.kl_coef is not None and self.to == "reference"

    def validate(self):
        alone = self.clip_high is not None and self.clip is None
        errors = [f"{type(self).__name__} clip_high needs clip, the lower limit."] if alone else []
        return errors + super().validate()


@register("reinforce", "policy gradient (REINFORCE, PPO clipping)")
@final
class PolicyGradient(GradientStep):
    """REINFORCE (Williams 1992): ``steps`` steps of size ``learning_rate`` along the gradient of
    the objective with respect to ``model.net``. Rows of the truth are examples: their
    log-likelihood is increased.

    After the first step the objective is weighted by the probability ratio of the new model to the
    one that drew the rows, limited to [1 - clip, 1 + clip_high] (PPO, Schulman et al. 2017) unless
    ``clip`` is None; ``clip_high`` None is the same as ``clip``. ``to`` is the
    model of the KL penalty: the "reference" or the "previous" model, whose gradient is zero until
    the second step.
    """


@register("grpo", "policy gradient with group-standardised rewards (GRPO)")
@final
class GRPO(GradientStep):
    """Policy gradient with rewards standardised within each group (``baseline`` "standardised";
    Shao et al. 2024). With a KL penalty to the reference, rewards 0 and 1 and enough steps, the
    success rate follows sigmoid(logit p_ref + 1 / (kl_coef sqrt(p (1 - p)))) (Mroueh 2025)."""

    _: KW_ONLY
    baseline: str = eqx.field(static=True, default="standardised")

"""Learning from preference pairs: direct preference optimisation (DPO) and IPO."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp

from collapse.learners.base import Learner, moved, synthetic
from collapse.part import Numbers, at_least, one_of, positive, register


@register("preference", "preference pairs (DPO, IPO)")
@final
class Preference(Learner):
    """Direct preference optimisation: ``steps`` gradient steps of size ``learning_rate`` that make
    the chosen candidate of a pair more probable and the rejected one less.

    With h = ln(p / reference) of the chosen minus that of the rejected one, the ``loss`` is

    dpo   -ln sigmoid(beta h)      (Rafailov et al. 2023): for choices made by Bradley-Terry with
                                   reward r its optimum is reference e^(r / beta)
    ipo   (h - 1 / (2 beta))^2     (Azar et al. 2024): its optimum is reference e^(w / beta), w the
                                   probability of being chosen against a candidate

    ``to`` is the reference of the loss: the "reference" or the "previous" model. The judge compares
    two candidates and keeps one; the other is stored beside it in the pool. Rows of the truth have
    no partner and are not used.
    """

    notes_rows = True
    reads_source = True
    needs_net = True

    beta: Numbers = positive(default=1.0)
    _: KW_ONLY
    loss: str = one_of("dpo", "ipo")
    learning_rate: Numbers = positive(default=1.0)
    steps: int = at_least(1, default=10, static=True)
    to: str = one_of("reference", "previous")

    def notes(self, view, verdict, sampler):
        swapped = jax.tree.map(lambda x: view.grouped(x)[:, ::-1].reshape(x.shape), view.items)
        return {"other": swapped}

    def learn(self, key, model, data, reference):
        rows, other = data.rows, data.notes["other"]
        count = jnp.where(synthetic(data), data.count, 0)
        anchor = reference if self.to == "reference" else model
        start = jnp.where(count > 0, anchor.log_prob(rows) - anchor.log_prob(other), 0)

        def loss(net):
            chosen, rejected = model.log_prob_at(net, rows), model.log_prob_at(net, other)
            margin = jnp.where(count > 0, chosen - rejected, 0) - start
            if self.loss == "dpo":
                each = -jax.nn.log_sigmoid(self.beta * margin)
            else:
                each = (margin - 1 / (2 * self.beta)) ** 2
            return (count * each).sum() / jnp.maximum(count.sum(), 1)

        def descend(_, net):
            return jax.tree.map(
                lambda x, dx: x - self.learning_rate * dx, net, eqx.filter_grad(loss)(net)
            )

        net = jax.lax.fori_loop(0, self.steps, descend, model.net)
        return moved(model, net, data, count.sum() > 0), self

    def check_compatible(self, arm):
        errors = []
        if int(arm.judge.group) != 2:
            errors.append(
                "Preference learns from pairs: use a judge that compares two, such as k-choice "
                f"with k=2, not {type(arm.judge).__name__}."
            )
        if arm.sampler.kind != "items":
            errors.append("Preference needs items in pairs: use a sampler that draws items.")
        if self.to == "reference" and not arm.keep_reference:
            errors.append("Preference needs keep_reference=true in the arm, or to='previous'.")
        return errors

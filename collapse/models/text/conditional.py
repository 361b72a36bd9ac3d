"""Conditional tables: one categorical distribution of answers for each prompt."""

from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.items import Items
from collapse.models.text.table import Table, draw_rows
from collapse.numerics.pytree import replace
from collapse.part import Numbers, array, register


class AnswerTable(Table):
    """Base of Conditional and of what does the same with a difference."""

    p: Numbers = array(0)
    prompt: Numbers = array(0)

    @property
    def prompts(self) -> int:
        return self.p.shape[0]

    @property
    def support_size(self) -> Array:
        return ((self.p > 0) & (self.prompt > 0)[:, None]).sum()

    def gives(self):
        prompts, answers = self.p.shape
        return Items("pairs", {"prompts": prompts, "answers": answers})

    def pairs(self, rows: Array) -> tuple[Array, Array]:
        """Prompts (n,) and answers (n,) of rows."""
        return rows[:, 0], rows[:, 1]

    def items(self, prompt: Array, answer: Array) -> Array:
        """The rows for pairs of prompts and answers."""
        return jnp.stack([prompt, answer], axis=1)

    def fit(self, key, pool):
        counts = jnp.zeros_like(self.p).at[self.pairs(pool.rows)].add(pool.count)
        seen = counts.sum(1, keepdims=True)
        learned = self.learned(counts / jnp.where(seen > 0, seen, 1))
        return replace(self, p=jnp.where(seen > 0, learned, self.p))

    def learned(self, share: Array) -> Array:
        """(C, K) fitted probabilities, given the shares of the answers in the data."""
        return share

    def sample(self, key, n, sampler=None):
        return self.sample_groups(key, n, 1, *([] if sampler is None else [sampler]))

    def sample_groups(self, key, n, group, *sampler):
        table = self.reshaped(*sampler).p if sampler else self.p
        which, how = jax.random.split(key)
        drawn = n // group
        uniform = jax.random.uniform(which, (drawn,))
        prompt = draw_rows(self.prompt[None], jnp.zeros(drawn, int), uniform)
        prompt = jnp.repeat(prompt, group, total_repeat_length=n)
        return self.items(prompt, draw_rows(table, prompt, jax.random.uniform(how, (n,))))

    def look_up(self, log_p, rows):
        prompt, answer = self.pairs(rows)
        return jnp.log(self.prompt)[prompt] + log_p[prompt, answer]

    def support(self):
        prompts, answers = self.p.shape
        pair = jnp.divmod(jnp.arange(prompts * answers, dtype=jnp.int32), answers)
        return self.items(*pair), (self.prompt[:, None] * self.p).ravel()

    def identify(self, rows):
        prompt, answer = self.pairs(rows)
        return prompt * self.p.shape[1] + answer, self.p.size

    def validate(self):
        name, p, prompt = type(self).__name__, self.p, self.prompt
        if p.ndim != 2 or prompt.ndim != 1 or len(prompt) != p.shape[0]:
            return [f"{name} needs p of shape (C, K) and prompt of shape (C,)."]
        if bool((p < 0).any()) or bool((jnp.abs(p.sum(1) - 1) > 1e-3).any()):
            return [f"Every row of {name} p must be >= 0 and sum to 1."]
        if bool((prompt < 0).any()) or abs(float(prompt.sum()) - 1) > 1e-3:
            return [f"{name} prompt must be >= 0 and sum to 1."]
        return []


@register("conditional", "conditional table of answers to prompts")
@final
class Conditional(AnswerTable):
    """p(answer | prompt) in a table, fitted by the counts of pairs; items are pairs (prompt,
    answer), (n, 2) whole numbers.

    Prompts are inputs and are not learned: their distribution ``prompt`` is constant over
    generations. Candidates of a group answer the same prompt. A prompt that does not occur in a
    pool keeps its answers, so that in generation 1 they are those of the arm's model (uniform: no
    knowledge); answers reported as lost are therefore lost in the data. Fields: p (C, K), rows that
    sum to 1; prompt (C,), which sums to 1.
    """

"""Token tables that answer prompts: the texts around the gaps are given, the model fills the
gaps."""

from dataclasses import KW_ONLY
from typing import final

import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.networks.autoregressive import Autoregressive
from collapse.models.text.token_table import TokenTable
from collapse.numerics.pytree import replace
from collapse.numerics.tokens import real
from collapse.part import Numbers, array, register


@register("prompted-table", "token table that fills the gaps of given texts, its prompts")
@final
class PromptedTable(Autoregressive):
    """C prompts, each a text with gaps, which a ``TokenTable`` fills: what it learns in one prompt
    it uses in all others where the same tokens come before a gap.

    A row is the number of its prompt, 1 .. C, and then the text of ``table.length`` tokens.
    ``given`` (C, table.length) holds the tokens of each text that are given, 0 where the model
    writes. Prompts are inputs: they are asked equally often and not learned, and candidates of a
    group answer the same one. Given tokens have probability 1 and no gradient.
    """

    at_once = 8192

    table: TokenTable
    _: KW_ONLY
    given: Numbers = array(0)

    @property
    def prompts(self) -> int:
        return len(self.given)

    @property
    def prompt_length(self) -> int:
        return 1

    @property
    def vocab_size(self) -> int:
        return max(self.table.vocab_size, len(self.given) + 1)

    @property
    def length(self) -> int:
        return self.table.length + 1

    def prompted(self, key, n, group):
        """The prompts in turn, from a random one on: equally often, up to one group."""
        start = jax.random.randint(key, (), 0, len(self.given))
        number = (start + jnp.arange(n // group)) % len(self.given)
        number = jnp.repeat(number, group, total_repeat_length=n)
        rows = jnp.zeros((n, self.length), jnp.int32)
        return rows.at[:, 0].set((number + 1).astype(jnp.int32))

    def fit(self, key, pool):
        inside = replace(pool, rows=pool.rows[:, 1:])
        return replace(self, table=self.table.fit(key, inside))

    def opened(self, n):
        return self.table.opened(n), jnp.zeros(n, jnp.int32)

    def read(self, state, token, place):
        context, prompt = state
        prompt = jnp.where(place == 1, token, prompt)  # the first token is the prompt's number
        before = jnp.where(place == 1, 0, token)
        logits, read = self.table.read(context, before, place - 1)
        context = jnp.where(place == 0, context, read)
        forced = self.given[prompt - 1, jnp.maximum(place - 1, 0)][:, None]
        tokens = jnp.arange(self.vocab_size)
        pad = self.vocab_size - logits.shape[1]
        logits = jnp.pad(logits, ((0, 0), (0, pad)), constant_values=-jnp.inf)
        logits = jnp.where(forced > 0, jnp.where(tokens == forced, 0.0, -jnp.inf), logits)
        asked = (tokens >= 1) & (tokens <= len(self.given))
        return jnp.where(place == 0, jnp.where(asked, 0.0, -jnp.inf), logits), (context, prompt)

    def token_log_probs(self, rows):
        return self._around(rows, self.table.token_log_probs(rows[:, 1:]))

    def log_probs_at(self, net, rows):
        return self._around(rows, self.table.log_probs_at(net, rows[:, 1:]))

    def _around(self, rows: Array, log_p: Array) -> Array:
        """(n, L) log-probabilities of the tokens of rows, from those (n, L - 1) by the table."""
        forced = self.given[rows[:, 0] - 1]
        matches = (forced == rows[:, 1:]) | ~real(rows[:, 1:])
        log_p = jnp.where(forced > 0, jnp.where(matches, 0.0, -jnp.inf), log_p)
        number = jnp.full((len(rows), 1), -jnp.log(float(len(self.given))))
        return jnp.concatenate([number, log_p], axis=1)

    @property
    def net(self) -> Array:
        return self.table.net

    def with_params(self, net):
        return replace(self, table=self.table.with_params(net))

    def log_prob_at(self, net, rows):
        return self.log_probs_at(net, rows).sum(1)

    def validate(self):
        given = jnp.asarray(self.given)
        if given.ndim != 2 or not len(given) or given.shape[1] != self.table.length:
            return [
                "PromptedTable needs given of shape (C, table.length), at least one text; its shape"
                f" is {given.shape}."
            ]
        if not jnp.issubdtype(given.dtype, jnp.integer):
            return ["PromptedTable given must hold whole numbers: tokens, and 0 for a gap."]
        if int(given.min()) < 0 or int(given.max()) >= self.table.vocab_size:
            return [
                f"PromptedTable given must hold tokens below {self.table.vocab_size}, and 0 for a "
                f"gap; it holds {int(given.min())} to {int(given.max())}."
            ]
        if bool((given > 0).all(1).any()):
            return ["Every text of PromptedTable given needs a gap, a token that is 0."]
        return []

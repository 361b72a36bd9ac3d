"""Random subsets of many slots, in the time that the subset takes and not that of all slots."""

import jax
import jax.numpy as jnp
from jax import Array

from collapse.numerics.top_k import largest, places

DRAWS = 1.5  # draws with replacement for each element: half of all slots need 1.39
SPARE = 32  # and some more, for small subsets


def random_subset(key: Array, filled: Array, begun: Array, size: int) -> Array:
    """Indices (size,) of as many filled slots, every subset with the same chance; all filled slots
    if there are fewer, and m in what is left over.

    Slots are drawn with replacement, and the first ``size`` different filled ones are kept. If
    there are too few among the draws, the subset is drawn by a random number for every slot. Both
    treat all filled slots alike, and so does the choice between them.

    Args:
        key: a key of jax.
        filled: (m,) bool.
        begun: a whole number; from this slot on none is filled.
        size: how many.
    """
    draws = int(DRAWS * size) + SPARE
    if draws >= len(filled):
        return _of_every_slot(jax.random.fold_in(key, 1), filled, size)
    drawn = jax.random.randint(key, (draws,), 0, begun)
    turn = jnp.arange(draws)
    first = jnp.full(len(filled), draws).at[drawn].min(turn)  # a fraction of the time of a sort
    wanted = filled[drawn] & (first[drawn] == turn)
    enough = (wanted.sum() >= size) & (begun > size)  # all of them stay in their order

    def every_slot(carry):
        turn = carry[1]  # with a constant key the compiler would do this work before the loop
        return _of_every_slot(jax.random.fold_in(key, turn), filled, size), turn + 1

    # A loop of at most one turn, where ``cond`` would take both branches side by side.
    chosen = drawn[places(wanted, size)], jnp.where(enough, 2, 1)
    return jax.lax.while_loop(lambda carry: carry[1] < 2, every_slot, chosen)[0]


def _of_every_slot(key: Array, filled: Array, size: int) -> Array:
    bits = jax.random.bits(key, filled.shape, jnp.uint32) | 1
    chosen = largest(jnp.where(filled, bits, 0), jnp.asarray(size)) & filled
    return places(chosen, size)

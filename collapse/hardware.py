"""What depends on the hardware that a program is traced for: nothing that a user has to change."""

import functools
from collections.abc import Callable

import equinox as eqx
import jax


def accelerated() -> bool:
    """Whether programs that are traced now run on an accelerator, whose memory is fast throughout
    and which wants all work at once: seeds, rows and pieces side by side. A CPU wants what it works
    on to stay in cache."""
    device = jax.config.jax_default_device
    platform = jax.default_backend() if device is None else getattr(device, "platform", device)
    return platform != "cpu"


def side_by_side(model) -> bool:
    """Whether the seeds of a block run under one vmap. On a CPU that pays only while the whole
    block stays in cache, and it turns every ``cond`` into both of its branches."""
    return model.side_by_side or accelerated()


def compiled(function: Callable) -> Callable:
    """``function`` as one program. Single precision is single precision in it on every device:
    accelerators round the factors of a product to ten or seven bits unless they are told not to,
    which counts and running sums as products with ones would not survive."""

    @functools.wraps(function)
    def exact(*arguments):
        with jax.default_matmul_precision("highest"):
            return function(*arguments)

    return eqx.filter_jit(exact)

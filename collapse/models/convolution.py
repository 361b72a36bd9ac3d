"""Two strided convolutions and their mirror: images to numbers and back."""

import jax
import jax.numpy as jnp
from jax import Array, lax

from collapse.models.network import affine, dense

KERNEL, STRIDE = 4, (2, 2)
LAYOUT = ("NHWC", "HWIO", "NHWC")


def filters(key: Array, inputs: int, outputs: int, reached: int) -> dict[str, Array]:
    """Weights (4, 4, inputs, outputs) of a layer of which ``reached`` inputs meet an output."""
    w = jax.random.normal(key, (KERNEL, KERNEL, inputs, outputs)) * (2 / reached) ** 0.5
    return {"w": w, "b": jnp.zeros(outputs)}


def downward(key: Array, shape: tuple[int, int], width: int, outputs: int) -> list[dict]:
    """An image (h, w), halved twice with ``width`` and 2 ``width`` channels, to ``outputs``
    numbers."""
    keys, cells = jax.random.split(key, 3), shape[0] * shape[1] // 16
    return [
        filters(keys[0], 1, width, KERNEL**2),
        filters(keys[1], width, 2 * width, KERNEL**2 * width),
        dense(keys[2], 2 * width * cells, outputs, 0.1),
    ]


def upward(key: Array, shape: tuple[int, int], width: int, inputs: int) -> list[dict]:
    """The mirror of ``downward``: an output pixel is met by a quarter of each kernel."""
    keys, cells = jax.random.split(key, 3), shape[0] * shape[1] // 16
    return [
        dense(keys[0], inputs, 2 * width * cells, 2**0.5),
        filters(keys[1], 2 * width, width, KERNEL**2 // 4 * 2 * width),
        filters(keys[2], width, 1, KERNEL**2 // 4 * width * 2),  # the last one has no bend
    ]


def run_downward(layers: list[dict], rows: Array, shape: tuple[int, int]) -> Array:
    """(n, h w) -> (n, outputs)."""
    x = rows.reshape(-1, *shape, 1)
    for layer in layers[:-1]:
        x = lax.conv_general_dilated(x, layer["w"], STRIDE, "SAME", dimension_numbers=LAYOUT)
        x = jax.nn.silu(x + layer["b"])
    return affine(layers[-1], x.reshape(len(x), -1))


def run_upward(layers: list[dict], z: Array, shape: tuple[int, int]) -> Array:
    """(n, inputs) -> (n, h w)."""
    x = jax.nn.silu(affine(layers[0], z)).reshape(len(z), shape[0] // 4, shape[1] // 4, -1)
    for i, layer in enumerate(layers[1:]):
        x = lax.conv_transpose(x, layer["w"], STRIDE, "SAME", dimension_numbers=LAYOUT)
        x = x + layer["b"]
        x = jax.nn.silu(x) if i == 0 else x
    return x.reshape(len(x), -1)

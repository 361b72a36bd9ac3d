"""Two strided convolutions and their transpose: images to vectors and back.

A convolution with kernel 4 and stride 2 is a matrix product over neighbouring blocks of 2 x 2
pixels, and is implemented as one.
"""

import jax
import jax.numpy as jnp
from jax import Array

from collapse.models.networks.network import affine, dense


def downward(key: Array, shape: tuple[int, int], width: int, outputs: int) -> list[dict]:
    """Layers from an image (h, w), halved twice with ``width`` and 2 ``width`` channels, to
    ``outputs`` numbers."""
    keys, cells = jax.random.split(key, 3), shape[0] * shape[1] // 16
    return [
        dense(keys[0], 16, width, 2**0.5),
        dense(keys[1], 16 * width, 2 * width, 2**0.5),
        dense(keys[2], 2 * width * cells, outputs, 0.1),
    ]


def upward(key: Array, shape: tuple[int, int], width: int, inputs: int) -> list[dict]:
    """The transpose of ``downward``: each layer gives the four pixels between four neighbours."""
    keys, cells = jax.random.split(key, 3), shape[0] * shape[1] // 16
    return [
        dense(keys[0], inputs, 2 * width * cells, 2**0.5),
        dense(keys[1], 8 * width, 4 * width, 2**0.5),
        dense(keys[2], 4 * width, 4),
    ]


def neighbours(x: Array) -> Array:
    """(n, h, w, c) -> (n, h - 1, w - 1, 4 c): each cell joined with its neighbours to the right,
    below, and diagonally below."""
    parts = [x[:, :-1, :-1], x[:, 1:, :-1], x[:, :-1, 1:], x[:, 1:, 1:]]
    return jnp.concatenate(parts, -1)


def framed(x: Array) -> Array:
    """The image padded with zeros by one pixel on every side."""
    return jnp.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))


def halved(layer: dict[str, Array], x: Array) -> Array:
    """Convolution, (n, h, w, c) -> (n, h / 2, w / 2, outputs): kernel 4, stride 2."""
    n, h, w, c = x.shape
    blocks = framed(x).reshape(n, h // 2 + 1, 2, w // 2 + 1, 2, c).swapaxes(2, 3)
    return affine(layer, neighbours(blocks.reshape(n, h // 2 + 1, w // 2 + 1, 4 * c)))


def doubled(layer: dict[str, Array], x: Array) -> Array:
    """Transposed convolution, (n, h, w, c) -> (n, 2 h, 2 w, outputs / 4): kernel 4, stride 2."""
    n, h, w, _ = x.shape
    blocks = affine(layer, neighbours(framed(x))).reshape(n, h + 1, w + 1, 2, 2, -1)
    return blocks.swapaxes(2, 3).reshape(n, 2 * h + 2, 2 * w + 2, -1)[:, 1:-1, 1:-1]


def run_downward(layers: list[dict], rows: Array, shape: tuple[int, int]) -> Array:
    """(n, h w) -> (n, outputs)."""
    x = rows.reshape(-1, *shape, 1)
    for layer in layers[:-1]:
        x = jax.nn.silu(halved(layer, x))
    return affine(layers[-1], x.reshape(len(x), -1))


def run_upward(layers: list[dict], z: Array, shape: tuple[int, int]) -> Array:
    """(n, inputs) -> (n, h w)."""
    x = jax.nn.silu(affine(layers[0], z)).reshape(len(z), shape[0] // 4, shape[1] // 4, -1)
    x = doubled(layers[2], jax.nn.silu(doubled(layers[1], x)))
    return x.reshape(len(x), -1)

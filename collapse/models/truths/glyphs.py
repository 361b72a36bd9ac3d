"""Glyphs: small images drawn from independent factors, a truth with exactly known distribution.

A glyph is a seven-segment digit on a dark square. Its factors are its class, horizontal and
vertical position, and the thickness, slant and intensity of its bars, each with a few levels. So
there are finitely many images, every image determines its factors, and entropy, mean and covariance
are exact: losses of an image model can be counted.
"""

from dataclasses import KW_ONLY
from functools import partial
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import logsumexp
from scipy.special import ndtr

from collapse.items import Items
from collapse.models.truths.shapes import Truth
from collapse.part import Numbers, at_least, register, within

CLASSES = 10
FACTORS = ("class", "across", "down", "thickness", "slant", "intensity")
# Which of the bars (top, upper left, upper right, middle, lower left, lower right, bottom) are lit.
BARS = ("1110111", "0010010", "1011101", "1011011", "0111010")
BARS += ("1101011", "1101111", "1010010", "1111111", "1111011")
LIT = np.array([list(map(int, bars)) for bars in BARS], bool)  # (10, 7)
WIDE, HIGH = 0.17, 0.27  # half the width and height of a digit, as shares of the image side
CORNERS = {"left": -WIDE, "right": WIDE, "top": -HIGH, "middle": 0.0, "bottom": HIGH}
ENDS = (
    "left top right top, left top left middle, right top right middle, left middle right middle, "
    "left middle left bottom, right middle right bottom, left bottom right bottom"
)
STROKES = np.array([[CORNERS[x] for x in bar.split()] for bar in ENDS.split(",")])  # (7, 4)
AT_ONCE = 1024  # images compared with all templates at once


def levels(*values):
    """The field of a factor with equally probable levels."""
    default = lambda: jnp.array(values)  # noqa: E731
    return eqx.field(default_factory=default, converter=lambda x: jnp.atleast_1d(jnp.asarray(x)))


@register("glyphs", "small images with known factors, a truth")
@final
class Glyphs(Truth):
    """Images of ``side`` x ``side`` pixels, flattened line by line: rows (n, side^2) in [0, 1].

    Fields: p (10,), probabilities of the classes 0 to 9; equally probable levels of the other
    factors: ``shift`` of the centre, independently in both directions, and ``thickness`` of the
    bars, both as shares of the side; ``slant``, a shear (right per unit up); ``intensity`` of a lit
    pixel. ``sd`` of Gaussian noise in every pixel, which may leave [0, 1]; 0 for none.
    """

    _: KW_ONLY
    p: Array = levels(*[1 / CLASSES] * CLASSES)
    shift: Array = levels(-0.125, 0.0, 0.125)
    thickness: Array = levels(0.1, 0.18)
    slant: Array = levels(-0.2, 0.0, 0.2)
    intensity: Array = levels(0.6, 0.8, 1.0)
    sd: Numbers = at_least(0, default=0.0)
    side: int = within("[4, 64]", default=8, static=True)

    def gives(self):
        return Items("pixels", {"d": self.side**2})

    @property
    def counts(self) -> tuple[int, ...]:
        """Number of levels of each factor, in the order of ``FACTORS``."""
        fields = (self.p, self.shift, self.shift, self.thickness, self.slant, self.intensity)
        return tuple(len(field) for field in fields)

    def sample(self, key, n):
        drawing, noise = jax.random.split(key)
        rows = render(self, self.sample_factors(drawing, n))
        return rows + self.sd * jax.random.normal(noise, rows.shape)

    def sample_factors(self, key: Array, n: int) -> Array:
        """(n, 6) int32: level of each factor, for n glyphs."""
        first, *keys = jax.random.split(key, len(FACTORS))
        kind = jax.random.choice(first, CLASSES, (n,), p=self.p)
        rest = [
            jax.random.randint(k, (n,), 0, m) for k, m in zip(keys, self.counts[1:], strict=True)
        ]
        return jnp.stack([kind, *rest], 1).astype(jnp.int32)

    def all_factors(self) -> np.ndarray:
        """(K, 6) int32: all combinations of levels."""
        return np.indices(self.counts).reshape(len(FACTORS), -1).T.astype(np.int32)

    def templates(self) -> tuple[Array, Array]:
        """Images (K, side^2) of all combinations, without noise, and their probabilities (K,)."""
        factors = self.all_factors()
        others = np.prod(self.counts[1:])
        return render(self, jnp.asarray(factors)), self.p[factors[:, 0]] / others

    def factors(self, rows: Array) -> Array:
        """(n, 6) int32: factors of the nearest template. Without noise they are always right; with
        noise ``accuracy`` is a lower bound of the probability that the class is right."""
        images, _ = self.templates()
        square = (images**2).sum(1)
        nearest = jax.lax.map(
            lambda row: jnp.argmin(square - 2 * images @ row), rows, batch_size=AT_ONCE
        )
        return jnp.asarray(self.all_factors())[nearest]

    def accuracy(self) -> float:
        """A lower bound of the probability that ``factors`` finds the class of a row.

        derived: with noise of sd s an image is nearer to a template at distance d than to its own
        with probability Phi(-d / 2 s); these are summed over all templates of other classes (union
        bound).
        """
        images, p = (np.asarray(x, float) for x in self.templates())
        kind = self.all_factors()[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            mistaken = ndtr(-distances(images) / (2 * float(self.sd)))
        mistaken = np.where(np.isnan(mistaken), 0.5, mistaken)  # equal images without noise
        return float(max(0.0, 1 - p @ np.where(kind[:, None] != kind, mistaken, 0).sum(1)))

    def entropy(self) -> float:
        """Exact Shannon entropy of the factors, in nats; without noise also that of the images."""
        p = np.asarray(self.p, float)
        of_class = -(p * np.log(np.where(p > 0, p, 1))).sum()
        return float(of_class + np.log(self.counts[1:]).sum())

    def log_prob(self, rows):
        """(n,) log-density in nats with noise; without noise the log-probability of the image, -inf
        if it is no glyph."""
        images, p = self.templates()
        noisy = self.sd > 0
        variance = jnp.where(noisy, self.sd, 1.0) ** 2
        length = (images**2).sum(1)

        def one(row):
            square = length - 2 * images @ row + row @ row
            density = logsumexp(jnp.log(p) - square / (2 * variance))
            density -= self.side**2 / 2 * jnp.log(2 * jnp.pi * variance)
            best = jnp.argmin(square)
            same = jnp.abs(images[best] - row).max() < 1e-4
            return jnp.where(noisy, density, jnp.where(same, jnp.log(p[best]), -jnp.inf))

        return jax.lax.map(one, rows, batch_size=AT_ONCE)

    @property
    def mean(self) -> Array:
        images, p = self.templates()
        return p @ images

    @property
    def covariance(self) -> Array:
        images, p = self.templates()
        deviation = images - p @ images
        return (p[:, None] * deviation).T @ deviation + self.sd**2 * jnp.eye(self.side**2)

    def validate(self):
        errors = super().validate()
        if self.p.shape != (CLASSES,) or float(self.p.min()) < 0 or abs(self.p.sum() - 1) > 1e-4:
            errors.append("Glyphs p must be 10 probabilities that sum to 1.")
        if not bool((self.thickness > 0).all()):
            errors.append("Glyphs thickness must be above 0.")
        if not bool(((self.intensity > 0) & (self.intensity <= 1)).all()):
            errors.append("Glyphs intensity must lie in (0, 1].")
        if not errors and alike(np.asarray(self.templates()[0], float)):
            errors.append(
                "Two different combinations of factor levels of these Glyphs give the same image: "
                "use levels that differ more, or more pixels."
            )
        return errors


@partial(jax.jit, inline=True)
def render(glyphs: Glyphs, factors: Array) -> Array:
    """(n, side^2) images of factor levels (n, 6), without noise.

    Brightness at the edge of a bar is antialiased, by the pixel's centre: full if it is half a
    pixel inside, zero if it is half a pixel outside; of several bars the brightest counts.
    """
    kind, across, down, thickness, slant, intensity = factors.T[:, :, None, None]
    side = glyphs.side
    place = (jnp.arange(side) + 0.5) / side - 0.5
    y = place[:, None] - glyphs.shift[down]  # (n, side, 1), pointing down
    x = place[None, :] - glyphs.shift[across] + glyphs.slant[slant] * y  # with the slant removed
    radius = glyphs.thickness[thickness] / 2
    image = jnp.zeros((len(factors), side, side))
    for bar, (x0, y0, x1, y1) in enumerate(STROKES):
        along_x, along_y = jnp.clip(x, x0, x1), jnp.clip(y, y0, y1)
        away = jnp.sqrt((x - along_x) ** 2 + (y - along_y) ** 2)
        cover = jnp.clip((radius - away) * side + 0.5, 0, 1)
        image = jnp.maximum(image, jnp.where(jnp.asarray(LIT[:, bar])[kind], cover, 0))
    return (image * glyphs.intensity[intensity]).reshape(len(factors), -1)


def distances(images: np.ndarray) -> np.ndarray:
    """(K, K) Euclidean distances between images (K, side^2), in double precision."""
    square = (images**2).sum(1)
    return np.sqrt(np.maximum(square[:, None] + square - 2 * images @ images.T, 0))


def alike(images: np.ndarray) -> bool:
    """Whether two of the images (K, side^2) differ by less than 1 % of the brightest pixel."""
    between = distances(images)
    np.fill_diagonal(between, np.inf)
    return bool(between.min() < 0.01)

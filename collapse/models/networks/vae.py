"""Variational autoencoder: images or points from a few latent variables."""

from dataclasses import KW_ONLY
from typing import final

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import logsumexp

from collapse.items import Items
from collapse.models.networks.convolution import downward, run_downward, run_upward, upward
from collapse.models.networks.network import Network, mlp, run_mlp
from collapse.part import at_least, one_of, register

DECODERS = ("bernoulli", "gaussian")
OUTPUTS = ("mean", "drawn")
LAYERS = ("dense", "linear", "conv")
LOG_2PI = float(np.log(2 * np.pi))


@register("vae", "variational autoencoder for images or points")
@final
class VAE(Network):
    """Encoder q(z | x) = N(mean, diag), decoder p(x | z), prior N(0, I) of ``latent`` dimensions
    (Kingma and Welling 2014). Rows are (n, d) floats, images flattened.

    ``decoder`` "bernoulli": cross-entropy of pixels in [0, 1] (a density only for pixels 0 or 1);
    "gaussian": one learned variance for all coordinates. ``output`` of a draw is the decoder's
    "mean", as in the code of Shumailov et al. (2024), which omits the pixel noise of the model, or
    is "drawn" from the decoder. ``layers`` "dense" is a perceptron with ``depth`` hidden layers of
    ``hidden`` units on each side; "linear" an affine map, which with a Gaussian decoder is
    probabilistic PCA (Tipping and Bishop 1999; Lucas et al. 2019); "conv" treats rows as images of
    ``shape`` (h, w), multiples of 4, with two strided convolutions of ``hidden`` and twice as many
    channels and their transpose, the network of Shumailov et al.

    The loss of a row is its negative ELBO in nats, with one latent drawn per row. ``log_prob`` uses
    ``draws`` latents per row.
    """

    d: int = at_least(1, default=2, static=True)
    _: KW_ONLY
    latent: int = at_least(1, default=2, static=True)
    hidden: int = at_least(1, default=64, static=True)
    depth: int = at_least(1, default=1, static=True)
    layers: str = one_of(*LAYERS)
    decoder: str = one_of(*DECODERS)
    output: str = one_of(*OUTPUTS)
    shape: tuple[int, int] | None = eqx.field(static=True, default=None)
    draws: int = at_least(1, default=64, static=True)  # latents per row in ``log_prob``

    def gives(self):
        if self.decoder == "bernoulli":  # whose cross-entropy has no bound outside [0, 1]
            return Items("pixels", {"d": self.d})
        return Items("points", {"d": self.d}, ("pixels", "labelled"))

    def initial(self, key):
        there, back = jax.random.split(key)
        if self.layers == "conv":
            net = {
                "encoder": downward(there, self.shape, self.hidden, 2 * self.latent),
                "decoder": upward(back, self.shape, self.hidden, self.latent),
            }
        else:
            hidden = [] if self.layers == "linear" else [self.hidden] * self.depth
            net = {
                "encoder": mlp(there, (self.d, *hidden, 2 * self.latent), 0.1),
                "decoder": mlp(back, (self.latent, *hidden, self.d), 1.0),
            }
        return net | ({"log_variance": jnp.zeros(())} if self.decoder == "gaussian" else {})

    def encode(self, rows: Array) -> tuple[Array, Array]:
        """Mean and log-variance (n, latent) of the latents of rows."""
        return self.encoded(self.net, rows)

    def encoded(self, net, rows: Array) -> tuple[Array, Array]:
        if self.layers == "conv":
            both = run_downward(net["encoder"], rows, self.shape)
        else:
            both = run_mlp(net["encoder"], rows)
        return tuple(jnp.split(both, 2, axis=-1))

    def decoded(self, net, z: Array) -> Array:
        """(n, d) logits of the pixels (Bernoulli) or means (Gaussian)."""
        if self.layers == "conv":
            return run_upward(net["decoder"], z, self.shape)
        return run_mlp(net["decoder"], z)

    def log_likelihood(self, net, rows: Array, z: Array) -> Array:
        """(n,) log p(row | z) in nats."""
        seen = self.decoded(net, z)
        if self.decoder == "bernoulli":  # x log s(l) + (1 - x) log s(-l)
            return (rows * seen - jax.nn.softplus(seen)).sum(1)
        log_variance = net["log_variance"]
        square = ((rows - seen) ** 2).sum(1) * jnp.exp(-log_variance)
        return -0.5 * (square + self.d * (log_variance + LOG_2PI))

    def losses(self, net, rows, key):
        mean, log_variance = self.encoded(net, rows)
        z = mean + jnp.exp(log_variance / 2) * jax.random.normal(key, mean.shape)
        return kl_to_prior(mean, log_variance) - self.log_likelihood(net, rows, z)

    def log_prob(self, rows):
        """(n,) importance-weighted bound (Burda et al. 2016, eq. 8) with ``draws`` latents: its
        mean is below log p(row) and approaches it as ``draws`` grows. The key is fixed, so that
        equal rows at equal positions have equal values. ``output`` "mean" is ignored: this is the
        density of the fitted model."""
        mean, log_variance = self.encode(rows)

        def log_weight(key):
            noise = jax.random.normal(key, mean.shape)
            z = mean + jnp.exp(log_variance / 2) * noise
            log_ratio = 0.5 * (log_variance + noise**2 - z**2).sum(1)  # log p(z) - log q(z | x)
            return self.log_likelihood(self.net, rows, z) + log_ratio

        weights = jax.lax.map(log_weight, jax.random.split(jax.random.key(0), self.draws))
        return logsumexp(weights, axis=0) - jnp.log(self.draws)

    def sample(self, key, n):
        latents, noise = jax.random.split(key)
        seen = self.decoded(self.net, jax.random.normal(latents, (n, self.latent)))
        if self.decoder == "bernoulli":
            mean = jax.nn.sigmoid(seen)
            if self.output == "mean":
                return mean
            return jax.random.bernoulli(noise, mean).astype(mean.dtype)
        if self.output == "mean":
            return seen
        sd = jnp.exp(self.net["log_variance"] / 2)
        return seen + sd * jax.random.normal(noise, seen.shape)

    def validate(self):
        errors = super().validate()
        if self.layers == "conv" and not image_of(self.shape, self.d):
            errors.append(
                f"VAE with conv layers needs shape (h, w), multiples of 4 with h w = d = {self.d}, "
                f"not {self.shape!r}."
            )
        return errors


def image_of(shape, d: int) -> bool:
    """Whether rows of d pixels are images of this shape with sides divisible by 4."""
    sizes = shape if isinstance(shape, tuple) and len(shape) == 2 else (0, 0)
    return sizes[0] * sizes[1] == d and all(size % 4 == 0 and size > 0 for size in sizes)


def kl_to_prior(mean: Array, log_variance: Array) -> Array:
    """(n,) KL(N(mean, diag) || N(0, I)) in nats (Kingma and Welling 2014, app. B)."""
    return 0.5 * (jnp.exp(log_variance) + mean**2 - 1 - log_variance).sum(1)

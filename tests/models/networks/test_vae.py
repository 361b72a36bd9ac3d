"""VAE: against probabilistic PCA, where evidence and posterior have a closed form."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import lax
from scipy import stats

from collapse import VAE, CovarianceScale, Training
from collapse.errors import UserError
from collapse.models.networks.convolution import doubled, halved
from collapse.models.networks.network import dense
from collapse.models.networks.vae import kl_to_prior
from collapse.numerics.pytree import replace
from tests.models.networks.pools import fitted, half_hidden, started

D, LATENT, NOISE = 5, 2, 0.3
LINEAR = VAE(D, latent=LATENT, layers="linear", decoder="gaussian", output="drawn")
LOADINGS = np.zeros((LATENT, D))  # orthogonal rows: the posterior is then diagonal
LOADINGS[0, :3], LOADINGS[1, 3:] = [1.0, -0.8, 0.5], [0.7, 0.6]
MEAN = np.array([0.5, -1.0, 0.0, 2.0, 1.0])
COV = LOADINGS.T @ LOADINGS + NOISE**2 * np.eye(D)


def exact() -> VAE:
    """Decoder as above, encoder the true posterior (Tipping and Bishop 1999, eq. 7)."""
    inner = LOADINGS @ LOADINGS.T + NOISE**2 * np.eye(LATENT)
    gain = np.linalg.solve(inner, LOADINGS).T  # (D, LATENT)
    spread = np.log(np.diagonal(np.linalg.inv(inner)) * NOISE**2)
    encoder = {
        "w": np.concatenate([gain, np.zeros((D, LATENT))], 1),
        "b": np.concatenate([-MEAN @ gain, spread]),
    }
    net = {"encoder": [encoder], "decoder": [{"w": LOADINGS, "b": MEAN}]}
    net["log_variance"] = 2 * np.log(NOISE)
    return replace(LINEAR, net=jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), net))


def evidence(rows) -> np.ndarray:
    return stats.multivariate_normal(MEAN, COV).logpdf(rows)


@eqx.filter_jit
def elbo(model, rows, draws: int = 400):
    """(n,) mean over draws of the latent."""
    keys = jax.random.split(jax.random.key(7), draws)
    each = jax.lax.map(lambda key: -model.losses(model.net, rows, key), keys)
    return each.mean(0), each.std(0) / draws**0.5


@eqx.filter_jit
def log_prob(model, rows):
    return model.log_prob(rows)


@eqx.filter_jit
def drawn(model, n: int):
    return model.sample(jax.random.key(3), n)


def rows_of(n: int, seed: int = 0):
    return np.random.default_rng(seed).multivariate_normal(MEAN, COV, n).astype(np.float32)


@pytest.mark.slow
def test_elbo_is_the_evidence_for_the_true_posterior_and_below_it_for_another():
    rows, model = rows_of(50), exact()
    law = evidence(rows)
    found, error = elbo(model, rows)
    assert (np.abs(found - law) < 5 * error + 1e-3).all()
    layer = model.net["encoder"][0]
    other = replace(model, net=model.net | {"encoder": [layer | {"b": layer["b"] + 0.3}]})
    below, error = elbo(other, rows)
    assert (below < law).all()
    assert (law - below).mean() > 0.2
    # With more latents the bound comes nearer, and for the true posterior it is exact.
    near = np.asarray(log_prob(replace(other, draws=512), rows))
    assert (law - below).mean() > 5 * abs(law - near).mean()
    np.testing.assert_allclose(log_prob(model, rows), law, atol=1e-3)


def test_kl_is_that_of_draws():
    mean, log_variance = jnp.array([[0.5, -1.0]]), jnp.array([[0.4, -2.0]])
    noise = np.random.default_rng(0).normal(size=(400_000, 2))
    sd = np.exp(np.asarray(log_variance) / 2)
    z = np.asarray(mean) + sd * noise
    each = (stats.norm.logpdf(z, mean, sd) - stats.norm.logpdf(z)).sum(1)
    found, error = float(kl_to_prior(mean, log_variance)[0]), each.std() / 400_000**0.5
    assert abs(found - each.mean()) < 4 * error
    assert abs(found + 0.01 - each.mean()) > 4 * error


@pytest.mark.slow
def test_a_trained_linear_vae_is_probabilistic_pca():
    """On fresh rows: at most the truth's log-density, and within 0.05 nats of it (a mean field of
    independent coordinates loses more than 1); half of the pool weighs nothing."""
    training = Training(steps=2400, batch=256, learning_rate=0.02)
    model = fitted(replace(LINEAR, training=training), half_hidden(rows_of(4000)))
    fresh = rows_of(5000, seed=1)
    found, _ = elbo(model, fresh, 40)
    gap = evidence(fresh) - np.asarray(found, float)
    assert -4 * gap.std() / 5000**0.5 < gap.mean() < 0.05
    apart = stats.norm.logpdf(fresh, MEAN, np.sqrt(np.diagonal(COV))).sum(1)
    assert (evidence(fresh) - apart).mean() > 1
    assert float(jnp.exp(model.net["log_variance"])) == pytest.approx(NOISE**2, rel=0.1)
    draws = np.asarray(drawn(model, 20_000))
    np.testing.assert_allclose(np.cov(draws.T), COV, atol=0.1)
    # Its mean has no noise: a covariance of rank 2.
    plain = np.linalg.eigvalsh(np.cov(np.asarray(drawn(replace(model, output="mean"), 20_000)).T))
    assert plain[: D - LATENT].max() < 1e-4 < NOISE**2 / 2 < plain[D - LATENT]


def test_encode_is_the_posterior():
    model, rows = exact(), rows_of(200)
    mean, log_variance = model.encode(rows)
    inner = np.linalg.inv(LOADINGS @ LOADINGS.T + NOISE**2 * np.eye(LATENT))
    np.testing.assert_allclose(mean, (rows - MEAN) @ LOADINGS.T @ inner, atol=1e-4)
    np.testing.assert_allclose(np.exp(log_variance[0]), np.diagonal(inner) * NOISE**2, rtol=1e-4)


def bars(n: int, side: int = 6, seed: int = 0):
    """Images ``side`` x ``side`` of one bright row or column."""
    rng = np.random.default_rng(seed)
    place, across = rng.integers(side, size=n), rng.integers(2, size=n)
    image = np.full((n, side, side), 0.05, np.float32)
    image[np.arange(n), place] = 0.95
    return np.where(across[:, None, None] == 1, image, image.swapaxes(1, 2)).reshape(n, -1)


@pytest.mark.slow
def test_images_of_bars():
    """Pixels by cross-entropy: draws look like bars, which independent pixels never do."""
    training = Training(steps=3000, batch=128, learning_rate=5e-3)
    model = VAE(36, latent=4, hidden=128, depth=2, training=training)
    model = fitted(model, half_hidden(bars(2000)))
    assert not model.diverged()
    seen = bars(60)
    each = np.unique(seen, axis=0)
    assert len(each) == 12
    draws = np.asarray(drawn(model, 1000))
    assert ((draws > 0) & (draws < 1)).all()
    nearest = np.abs(draws[:, None] - each).mean(2).min(1)
    alone = np.random.default_rng(0).random((1000, 36)) < seen.mean(0)
    assert np.median(nearest) < 0.08 < 0.12 < np.abs(alone[:, None] - each).mean(2).min(1).min()
    pixels = np.asarray(drawn(replace(model, output="drawn"), 1000))
    assert set(np.unique(pixels)) == {0, 1}
    np.testing.assert_allclose(pixels.mean(), draws.mean(), atol=0.02)


@pytest.mark.slow
def test_layers_are_the_convolutions_of_xla():
    """Kernel 4, stride 2, and transposed, with the same weights laid out as filters."""
    there, back, key = jax.random.split(jax.random.key(0), 3)
    x = jax.random.normal(key, (3, 8, 12, 5))
    layout = ("NHWC", "HWIO", "NHWC")
    layer = dense(there, 16 * 5, 7)  # inputs by block (across, down), then pixel (down, across)
    kernel = layer["w"].reshape(2, 2, 2, 2, 5, 7).transpose(1, 2, 0, 3, 4, 5).reshape(4, 4, 5, 7)
    law = lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=layout)
    np.testing.assert_allclose(halved(layer, x), law, atol=1e-4)
    turned = lax.conv_general_dilated(x, kernel[::-1], (2, 2), "SAME", dimension_numbers=layout)
    assert np.abs(turned - law).max() > 0.1
    layer = dense(back, 4 * 5, 4 * 6)  # a neighbour further on gives a pixel from further back
    kernel = layer["w"].reshape(2, 2, 5, 2, 2, 6)[:, :, :, ::-1, ::-1]
    kernel = kernel.transpose(1, 3, 0, 4, 2, 5).reshape(4, 4, 5, 6)
    settings = {"dimension_numbers": layout, "padding": [(2, 2), (2, 2)], "lhs_dilation": (2, 2)}
    law = lax.conv_general_dilated(x, kernel, (1, 1), **settings)
    np.testing.assert_allclose(doubled(layer, x), law, atol=1e-4)
    turned = lax.conv_general_dilated(x, kernel[::-1], (1, 1), **settings)
    assert np.abs(turned - law).max() > 0.1


@pytest.mark.slow
def test_a_convolutional_vae_learns_bars():
    """Bars 8 x 8 that it never saw are reconstructed, in half of what the mean image is off."""
    training = Training(steps=400, batch=64, learning_rate=5e-3)
    model = VAE(64, latent=4, hidden=8, layers="conv", shape=(8, 8), training=training)
    model = fitted(model, half_hidden(bars(1000, 8)))
    assert not model.diverged()
    rows = bars(300, 8, seed=1)
    back = np.asarray(reconstructed(model, rows))
    assert np.abs(back - rows).mean() < 0.5 * np.abs(rows.mean(0) - rows).mean()
    assert drawn(model, 10).shape == (10, 64)


@eqx.filter_jit
def reconstructed(model, rows):
    return jax.nn.sigmoid(model.decoded(model.net, model.encode(rows)[0]))


@pytest.mark.slow
def test_mistakes_are_sentences():
    assert len(VAE(36, layers="conv", shape=(6, 6)).validate()) == 1
    assert VAE(32, layers="conv", shape=(4, 8)).validate() == []
    assert len(VAE(0, layers="deep", decoder="t", output="mode").validate()) == 4
    assert VAE(4).validate() == []
    with pytest.raises(UserError):
        started(VAE(4)).reshaped(CovarianceScale(0.5))

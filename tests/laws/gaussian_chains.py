"""Gaussian chains in plain NumPy, with generators of their own: what the laws are held against."""

import numpy as np

LIMIT = 4.5  # standard errors
SEEDS = 40_000
T = np.arange(1, 6)


def z_of_mean(sample, law):
    gap = np.asarray(sample, float) - law
    return gap.mean(0) / (gap.std(0, ddof=1) / np.sqrt(len(gap)))


def worst(sample, law):
    return np.abs(z_of_mean(sample, law)).max()


def chain(train, ddof=0, last=5, seed=0, first=None, seeds=SEEDS):
    """Means and variances (seeds, last) of models fitted to what ``train`` gives: a function of
    (rng, generation, means, variances, all data before) -> (seeds, rows) to train on."""
    rng = np.random.default_rng(seed)
    data = [rng.normal(size=(seeds, first))]
    means, variances = [], []
    for t in range(1, last + 1):
        if t > 1:
            data.append(train(rng, t, means[-1][:, None], variances[-1][:, None], data))
        means.append(data[-1].mean(1))
        variances.append(data[-1].var(1, ddof=ddof))
    return np.stack(means, 1), np.stack(variances, 1)


def draw(rng, mean, variance, count):
    return mean + np.sqrt(variance) * rng.normal(size=(len(mean), count))

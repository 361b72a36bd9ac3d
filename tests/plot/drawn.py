"""One small example of each type of plot."""

import numpy as np

import collapse as cl
from collapse.stats.estimate import Estimate

RNG = np.random.default_rng(0)
T = np.arange(21)


def grown(ax):
    for i, name in enumerate(("replace", "accumulate")):
        middle = 0.9**T if i == 0 else 0.8 + 0.2 * 0.7**T
        cl.plot.band(ax, T, middle, middle - 0.05, middle + 0.05, name, i, n=16)
    cl.plot.law(ax, T, 0.9**T)
    cl.plot.published(ax, T[::5], 0.9 ** T[::5] + 0.01)
    cl.plot.noise_floor(ax, 0.1)
    ax.set(xlabel="generation", ylabel="variance")
    ax.legend()


def images(ax):
    made = {t: [RNG.random((6, 6)) * (1 - t / 10) for _ in range(4)] for t in (0, 1, 4, 9)}
    cl.plot.image_grid(ax, made, "a VAE")


def texts(ax):
    made = {0: ["the cat saw a dog", "a bird flew"], 5: ["the the the cat", "a a a a a " * 9]}
    cl.plot.text_grid(ax, made)


def clouds(ax):
    cl.plot.point_clouds(ax, {t: RNG.normal(0, 0.8**t, (200, 2)) for t in (0, 3, 9)})


def densities(ax):
    made = {t: RNG.normal(0, 0.8**t, 300) for t in (0, 3, 9)} | {20: np.zeros(5)}
    cl.plot.densities(ax, made)


def histograms(ax):
    made = {t: np.exp(RNG.normal(3 - 0.1 * t, 0.4, 500)) for t in (0, 3, 9)}
    cl.plot.histograms(ax, made, log=True)
    ax.set_xlabel("perplexity")


def ranks(ax):
    p = 1 / np.arange(1, 301)
    cl.plot.rank_frequency(ax, {t: RNG.multinomial(1000, p**(1 + t / 9) / (p**(1 + t / 9)).sum())
                                for t in (0, 3, 9)})  # fmt: skip


def scaled(ax):
    x = np.array([1e2, 1e3, 1e4, 1e5])
    cl.plot.scaling(ax, x, 2 * x**-0.33, "clean")
    cl.plot.scaling(ax, x, 2 * x**-0.33 + 0.08, "tail cut", 1, fit=(1e2, 1e3))
    ax.legend()


def phases(ax):
    x, y = np.linspace(0.1, 1, 12), np.linspace(0.1, 1, 10)
    values = np.outer(y, x)
    cl.plot.heat_map(ax, x, y, values, "support left", 0.3, (x[3:], 0.3 / x[3:]))
    ax.set(xlabel="real share", ylabel="noise")


def passes(ax):
    k = 2 ** np.arange(9)
    base, tuned = 1 - (1 - 0.1) ** (k**0.7), 0.75 - 0.45 * 0.9 ** np.arange(9)
    cl.plot.pass_at_k(ax, k, base, "base", 0, base - 0.04, base + 0.04)
    cl.plot.pass_at_k(ax, k, tuned, "after RL", 1)
    ax.legend()


def frontier(ax):
    kl = np.linspace(0, 10, 30)
    cl.plot.kl_reward(ax, kl, np.sqrt(kl) * (1 - 0.25 * np.sqrt(kl)), "gold")
    cl.plot.kl_reward(ax, kl, np.sqrt(kl), "proxy", 1)
    ax.legend()


def entropies(ax):
    h = np.linspace(2, 0.1, 20)
    cl.plot.entropy_reward(
        ax, h, 0.9 - 0.1 * np.exp(h) + RNG.normal(0, 0.005, 20), "GRPO", share=0.33
    )
    ax.legend()


def paths(ax):
    for i, name in enumerate(("judged", "alone")):
        quality = 0.5 + (0.4 if i == 0 else -0.2) * (1 - 0.8**T)
        cl.plot.quality_diversity(ax, quality, 8 * 0.9**T + i, name, i, marks=(1, 5))
    ax.legend()


def alike(ax):
    values = np.clip(np.eye(5) + RNG.uniform(0.5, 0.8, (5, 5)) * (1 - np.eye(5)), 0, 1)
    cl.plot.similarity(ax, values, [f"model {i}" for i in "ABCDE"], "cosine")


def estimates(values):
    return [Estimate(v, v * 0.8, v * 1.3, 0.95, "t", 16) for v in values]


def thresholds(ax):
    made = estimates([3.0, 6.0, 13.0, 40.0]) + [Estimate(float("inf"), n=16)]
    cl.plot.threshold(ax, [10, 30, 100, 300, 1000], made, "half-life", log="xy")
    ax.set(xlabel="n", ylabel="generations")
    ax.legend()


def biases(ax):
    made = [
        Estimate(0.68, 0.66, 0.70, n=99),
        Estimate(0.53, 0.49, 0.57, n=99),
        Estimate(0.4, 0.35, 0.45),
    ]
    cl.plot.bias_bars(ax, ["longer answer", "first position", "own answers"], made, 0.5)
    ax.set_xlabel("share that wins")


def reliable(ax):
    scores, right = (0.1, 0.5, 0.9), estimates([0.2, 0.45, 0.75])
    bins = [{"score": s, "right": r, "n": 50} for s, r in zip(scores, right, strict=True)]
    cl.plot.reliability(ax, bins, "judge")


EXAMPLES = {
    f.__name__: f
    for f in (grown, images, texts, clouds, densities, histograms, ranks, scaled, phases, passes,
              frontier, entropies, paths, alike, thresholds, biases, reliable)
}  # fmt: skip

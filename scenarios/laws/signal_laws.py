"""What a reward says: signal and noise of one reward for many steps, proxies, selection

One reward for a whole chain of steps is mostly noise; a proxy reward turns against what it stands
for, or does not, by how it differs from it; and the best fraction of a normal is known to shrink.
Generation t of an arm has been judged t - 1 times.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from scipy.special import ndtri

from collapse import (
    Arm,
    Claim,
    Gaussian,
    MaximumLikelihood,
    Moments,
    Plain,
    Replace,
    Reward,
    Scenario,
    TopFraction,
)
from collapse.laws import choice, gradient

N, UPPER, CENTRAL = 1000, 0.2, 0.5  # items, and the fractions of them that are kept
LAST = 5
STEPS, Q, FLIP, CHAINS = 8, 0.8, 0.1, 128  # steps of a chain, chance that one is right
OUTCOME = float(gradient.outcome_signal(Q, STEPS))
BASELINE = Q**STEPS * (1 - Q) / Q  # the best there is
TOLERABLE = float(gradient.tolerable_flip(Q, STEPS))
DRAWS, SIZES = 4096, (2, 8, 64, 512)  # draws of a proxy, and of how many the best is taken
SLOPE, BEND = 1.0, 0.25  # gold reward of proxy x: SLOPE x - BEND (x^2 - 1)
NOISE = 0.5  # variance of a proxy's error where gold is standard normal


class Parabola(Reward):
    """slope x - bend x^2 of numbers x."""

    slope: Array | float = 0.0
    bend: Array | float = 0.0

    def score(self, key, view):
        x = view.items[:, 0]
        return self.slope * x - self.bend * x**2


def arms() -> dict[str, Arm]:
    def arm(reward, fraction):
        return Arm(
            truth=Gaussian(),
            model=Gaussian(),
            judge=TopFraction(reward, fraction=fraction),
            regime=Replace(),
            learner=MaximumLikelihood(),
            sampler=Plain(),
            measures=(Moments(),),
            n=N,
            generations=LAST,
            candidates=N,  # those not kept weigh 0
        )

    return {"upper": arm(Parabola(1.0), UPPER), "central": arm(Parabola(0.0, 1.0), CENTRAL)}


# Evidence that no arm shows: each function answers for one seed, from one draw of normals


def each(one):
    """A function of (key, seeds) -> record from ``one(key)`` -> {curve: numbers}, compiled once."""
    every = jax.jit(lambda keys: jax.lax.map(one, keys))
    return lambda key, seeds: {"curves": every(jax.random.split(key, seeds))}


def chains(key):
    """First two moments of the gradient of one step's logit, with each kind of reward."""
    draws = jax.random.normal(key, (CHAINS, STEPS + 1))
    right, flip = draws[:, :STEPS] < ndtri(Q), draws[:, STEPS]
    own, outcome = right[:, 0], right.all(1) * 1.0
    rewards = {
        "outcome": outcome,
        "with_baseline": outcome - BASELINE,
        "process": own * 1.0,
        "flipped": (own ^ (flip < ndtri(FLIP))) * 1.0,
        "tolerable": (own ^ (flip < ndtri(TOLERABLE))) * 1.0,
    }
    gradients = {name: reward * (own - Q) for name, reward in rewards.items()}
    return {name: jnp.stack([g.mean(), (g**2).mean()]) for name, g in gradients.items()}


def proxies(key):
    """Gold reward of the best of n by a proxy from which it bends away; gold and proxy of the
    best of 64 by a proxy that is gold with noise."""
    x, error = jax.random.normal(key, (2, DRAWS))
    best = [x.reshape(-1, n).max(1) for n in SIZES]
    bent = jnp.stack([(SLOPE * top - BEND * (top**2 - 1)).mean() for top in best])
    proxy = (x + NOISE**0.5 * error).reshape(-1, 64)
    chosen = jax.nn.one_hot(proxy.argmax(1), 64)  # an equality would hang on how it is compiled
    gold = (x.reshape(proxy.shape) * chosen).sum(1)
    return {"bent": bent, "noisy": jnp.stack([gold.mean(), proxy.max(1).mean()])}


def ratio(above, below) -> np.ndarray:
    """(S, 1) numbers whose mean is the ratio of two means, with its spread (the delta method)."""
    whole = above.mean() / below.mean()
    return (whole + (above - whole * below) / below.mean())[:, None]


def signal(name):
    """Observe mean^2 / variance of a gradient, both estimated without bias in every seed."""

    def observe(record):
        first, second = np.asarray(record["curves"][name], float).T
        variance = (second - first**2) * CHAINS / (CHAINS - 1)
        return ratio(first**2 - variance / CHAINS, variance)

    return observe


def selection_claims() -> tuple[Claim, ...]:
    """Of a refitted variance the logarithm is too low by (kurtosis + 1) / 2 over the number kept;
    kurtosis is 4.8 in the upper fifth, 1.9 in the middle half."""
    times = np.arange(2, LAST + 1)
    rounds, shift_and_shrink = times - 1, choice.top_fraction_moments(UPPER)
    shift, shrink = (float(x) for x in shift_and_shrink)

    def close(name, arm, curve, expected, error):
        source = "the breeder's equation; error of order 1 / kept"
        at = tuple(times)
        return Claim(name, "approximation", source, arm, curve, expected, at, error=error)

    return (
        close(
            "The upper fifth of a normal, refitted: the mean, phi(z) / q deviations on each round",
            "upper",
            "mean_shift",
            shift * (1 - shrink ** (rounds / 2)) / (1 - shrink**0.5),
            rounds / (UPPER * N),
        ),
        close(
            "The upper fifth of a normal, refitted: log-variance",
            "upper",
            "log_variance",
            rounds * np.log(shrink),
            4 * rounds / (UPPER * N),
        ),
        close(
            "The most typical half of a normal, refitted: log-variance",
            "central",
            "log_variance",
            rounds * np.log(choice.central_fraction_factor(CENTRAL)),
            2 * rounds / (CENTRAL * N),
        ),
    )


def law(name, evidence, source, observe, expected, at=(1,)) -> Claim:
    return Claim(name, "law", source, evidence, observe, expected, at)


def signal_claims() -> tuple[Claim, ...]:
    rewards = {
        "outcome": (f"for the outcome of {STEPS} steps", OUTCOME),
        "with_baseline": (
            f"for the outcome of {STEPS} steps, with the best baseline",
            gradient.outcome_signal(Q, STEPS, BASELINE),
        ),
        "process": ("for every step", gradient.process_signal(Q)),
        "flipped": (
            f"for every step, {FLIP} of the labels wrong",
            gradient.process_signal(Q, FLIP),
        ),
        "tolerable": (
            f"for every step, {TOLERABLE:.2f} of the labels wrong: that of the outcome",
            OUTCOME,
        ),
    }
    return tuple(
        law(
            f"Signal to noise of a step's gradient, reward {which}",
            "chains",
            f"derived, each step right with chance {Q}",
            signal(name),
            float(expected),
        )
        for name, (which, expected) in rewards.items()
    )


def proxy_claims() -> tuple[Claim, ...]:
    return (
        law(
            "Gold that bends away from its proxy: the best of 2, 8, 64 and 512 by the proxy",
            "proxies",
            "moments of the largest of n normals, derived",
            "bent",
            [gradient.toy_gold_best_of(n, SLOPE, BEND) for n in SIZES],
            (0, 1, 2, 3),
        ),
        Claim(
            "Gold that bends away from its proxy: the best of 64 is better than that of 512",
            "published",
            "shape of Gao et al. (2023)",
            "proxies",
            lambda record: record["curves"]["bent"][:, 2] - record["curves"]["bent"][:, 3],
            0.0,
            side="at least",
            paper="gao2023",
            printed="gold reward turns down",
            differs="a gold reward that bends away from a Gaussian proxy",
        ),
        law(
            "A proxy that is gold with noise: share of the gain that is real, the best of 64",
            "proxies",
            "regression to the mean; it never turns down",
            lambda record: ratio(*np.asarray(record["curves"]["noisy"], float).T),
            float(gradient.regressional_gold(1.0, 1.0, NOISE)),
        ),
    )


def scenario() -> Scenario:
    return Scenario(
        name="signal-laws",
        title=__doc__.split("\n")[0],
        source="Gao et al. (2023), Scaling laws for reward model overoptimization, in a toy; "
        "signal to noise of rewards derived here",
        arms=arms(),
        headline=("log_variance", "mean_shift"),
        seeds=1000,
        thorough=20_000,
        claims=(*selection_claims(), *signal_claims(), *proxy_claims()),
        evidence={"chains": each(chains), "proxies": each(proxies)},
    )

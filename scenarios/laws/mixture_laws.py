"""Modes die one after another, while the variance of the whole tells nothing of it

A mixture of Gaussians that trains on its own samples. Where its modes lie far apart, each row
belongs to one of them, and their weights are outcomes of a categorical chain: modes die by
Wright-Fisher drift. Mean and variance of the whole are those of its rows after any step of
expectation-maximisation, and so follow the laws of a single Gaussian. Likelihoods and distances
have no closed form: there what papers report is held against the runs.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    KDE,
    Accumulate,
    Arm,
    Circles,
    Claim,
    Curve,
    Gaussian,
    GaussianMixture,
    KeepAll,
    MaximumLikelihood,
    Measure,
    MixtureDistance,
    ModeCoverage,
    Moments,
    Plain,
    Replace,
    Scenario,
    SwissRoll,
    TwoMoons,
    grid_of_gaussians,
)
from collapse.laws import categorical, gaussian
from collapse.numerics.pytree import seed_keys
from collapse.types import Pool

T = 32
SINGLE = 10  # rows of the single component
N, MODES = 50, 25  # rows and modes of the grid
FEW, MANY = 30, 300  # rows of the two modes
ROWS, POINTS = 100, 200  # rows of the kernel estimates, and held-out points
SOME = 50  # seeds at most where only what a paper reports is looked at
P = np.full(MODES, 1 / MODES)
GRID_VARIANCE = 8 + 0.05**2  # of one coordinate: five places 2 apart, and a mode's own
PAIR_VARIANCE = 1 + 1.5**2 / 2  # mean over the coordinates of two modes of variance 1
PAIR = GaussianMixture([0.5, 0.5], [[-1.5, 0.0], [1.5, 0.0]], np.stack([np.eye(2)] * 2))
SHAPES = {  # truth, bandwidth
    "two moons": (TwoMoons(), 0.1),
    "circles": (Circles(), 0.1),
    "swiss roll": (SwissRoll(flat=True), 1.0),
}
UNLIKE = 1 - 1 / MODES  # chance that two items of the truth are of different modes
AT = (1, 2, 4, 8, 16, T)

DRIFT = "derived: separated modes are outcomes; collapse.laws.categorical; Wright (1931)"
WHOLE = "derived: a step of expectation-maximisation keeps the moments of the rows"
ALEMOHAMMAD = "Alemohammad et al. (2024), figs. 14-15"
SHUMAILOV = "Shumailov et al. (2024), fig. 13"
KAZDAN = "Kazdan et al. (2025), section 2.3"


class Weights(Measure):
    """Curves: live_modes, components of positive weight; weight_diversity, the chance that two
    items come of different components."""

    reads = "model"
    curves = {"live_modes": Curve("modes", 1), "weight_diversity": Curve("probability", 0, 1)}

    def measure(self, key, view):
        weights = view.model.weights
        return {"live_modes": (weights > 0).sum(), "weight_diversity": 1 - (weights**2).sum()}


def arms() -> dict[str, Arm]:
    single = GaussianMixture([1.0], [[0.0]], [[[1.0]]], iterations=1)
    grid = grid_of_gaussians(5, iterations=1)
    # An item is of the nearest mode: the modes are 40 standard deviations apart.
    modes = (Moments(), Weights(), ModeCoverage(0.1, within=20.0))
    return {
        "one-component": arm(Gaussian(0.0, 1.0), single, (Moments(),), SINGLE),
        "grid": arm(grid, grid, modes, N),
        "grid-accumulated": arm(grid, grid, modes, N, Accumulate()),
        "two-modes": arm(PAIR, PAIR, (Moments(), MixtureDistance()), MANY),
        "two-moons": arm(TwoMoons(), KDE(0.1), (Moments(),), ROWS),
    }


def arm(truth, model, measures, n: int, regime=None) -> Arm:
    return Arm(
        truth=truth,
        model=model,
        judge=KeepAll(),
        regime=regime or Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=measures,
        n=n,
        generations=T,
    )


def replaced(key, model, rows, count, observe):
    """What is observed, of a fit and what it is of, over T generations under replace that start
    from the first ``count`` rows.
    The size is data here, and so is the shape of the truth: one program for all of them."""
    one = (jnp.arange(len(rows)) < count).astype(float)
    zero = jnp.zeros(len(rows), jnp.int32)

    def generation(carry, key):
        start, rows = carry
        fit_key, draw_key = jax.random.split(key)
        fitted = start.fit(fit_key, Pool(rows, one, one, one, zero, zero, {}))
        start = fitted if isinstance(start, GaussianMixture) else start
        return (start, fitted.sample(draw_key, len(rows))), observe(fitted, rows, one)

    return jax.lax.scan(generation, (model, rows), jax.random.split(key, T))[1]


def two_sizes(key, seeds) -> dict:
    """Of two modes that overlap, from few rows and from many: curves (S, T) of the logarithm of
    the distance to the truth, of the mean variance, and of that over the variance of the rows."""
    truth = jax.tree.map(jnp.float32, PAIR)

    def observe(model, rows, one):
        distance = jnp.log(model.l2_distance(truth))
        variance = jnp.diagonal(model.covariance).mean()
        apart = rows - one @ rows / one.sum()
        return distance, variance, variance / (one @ apart**2 / one.sum()).mean()

    def of(key, count):
        return replaced(key, truth, truth.sample(jax.random.fold_in(key, T), MANY), count, observe)

    @jax.jit
    def all_seeds(keys):
        return jax.lax.map(lambda key: jax.vmap(of, (None, 0))(key, jnp.array([FEW, MANY])), keys)

    keys = seed_keys(key, range(min(seeds, SOME)))
    distance, variance, kept = (np.asarray(x) for x in all_seeds(keys))
    few, many = distance[:, 0], distance[:, 1]
    curves = {"few": few, "many": many, "gap": few - many}
    return {"curves": curves | {"variance": variance[:, 0], "kept": kept[:, 0]}}


def shapes(key, seeds) -> dict:
    """Of kernel estimates fed on curved shapes: curves (S, T) of the mean log-density of real
    points that nobody trains on."""
    count = min(seeds, SOME)

    def one_shape(shape):
        width, points, real = shape

        def one_seed(seed):
            observe = lambda model, *_: model.log_prob(points).mean()  # noqa: E731
            return replaced(seed[0], KDE(width), seed[1], ROWS, observe)

        return jax.lax.map(one_seed, (jax.random.split(jax.random.fold_in(key, 1), count), real))

    @jax.jit
    def all_shapes(key):
        drawn = [truth.sample(key, count * ROWS + POINTS) for truth, _ in SHAPES.values()]
        widths = jnp.array([width for _, width in SHAPES.values()])
        points = jnp.stack([rows[:POINTS] for rows in drawn])
        real = jnp.stack([rows[POINTS:].reshape(count, ROWS, 2) for rows in drawn])
        return jax.lax.map(one_shape, (widths, points, real))

    curves = np.asarray(all_shapes(jax.random.fold_in(key, 0)))
    return {"curves": dict(zip(SHAPES, curves, strict=True))}


def scenario() -> Scenario:
    return Scenario(
        name="mixture-laws",
        title="Modes die one after another, while the variance of the whole tells nothing of it",
        source="Alemohammad et al. (2024); Shumailov et al. (2024); Kazdan et al. (2025); "
        "Gerstgrasser et al. (2024)",
        arms=arms(),
        headline=("live_modes", "mode_coverage", "variance", "l2_distance"),
        seeds=200,
        thorough=10_000,
        extra=("grid-accumulated", "two-sizes", "shapes"),
        evidence={"two-sizes": two_sizes, "shapes": shapes},
        claims=(*grid_claims(), *reported_claims(), *single_claims(), *accumulated_claims()),
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )


def law(name: str, source: str, evidence: str, observe, expected, at=AT, **more) -> Claim:
    return Claim(name, "law", source, evidence, observe, expected, at, **more)


def squared_shift(record):
    return record["curves"]["mean_shift"][:, list(AT)] ** 2


def single_claims() -> list[Claim]:
    name, source = "one-component", "a mixture of one is a Gaussian; collapse.laws.gaussian"
    mean, variance = gaussian.replace_log_variance(np.array(AT), SINGLE)
    return [
        law(
            "Mixture of one: mean variance",
            source,
            name,
            "variance",
            lambda t: gaussian.replace_variance(t, SINGLE, 0),
        ),
        law(
            "Mixture of one: mean of ln var",
            source,
            name,
            "log_variance",
            mean,
            spread=variance**0.5,
        ),
        law(
            "Mixture of one: mean squared error of the mean",
            source,
            name,
            squared_shift,
            lambda t: 1 - gaussian.replace_variance(t, SINGLE, 0),
        ),
    ]


def live(t: np.ndarray) -> np.ndarray:
    return categorical.replace_support(P, N, T + 1)[t]


def unlike(t: np.ndarray) -> np.ndarray:
    return categorical.replace_heterozygosity(t, N, UNLIKE)


def most_born(record):
    """(S,) the most modes that came back in a generation."""
    return np.diff(record["curves"]["live_modes"], axis=1).max(1).clip(0)


def grid_claims() -> list[Claim]:
    return [
        law(
            "Grid of 25 modes, replace: mean number of live modes",
            DRIFT,
            "grid",
            "live_modes",
            live,
        ),
        law(
            "Grid of 25 modes, replace: chance that two items are of different modes",
            DRIFT,
            "grid",
            "weight_diversity",
            unlike,
        ),
        law(
            "Grid of 25 modes, replace: the same among the items said, one draw later",
            DRIFT,
            "grid",
            "mode_diversity",
            lambda t: unlike(t + 1),
        ),
        law(
            "Grid of 25 modes, replace: share of the modes among the items said",
            DRIFT,
            "grid",
            "mode_coverage",
            lambda t: live(t + 1) / MODES,
        ),
        Claim(
            "Grid of 25 modes, replace: a lost mode stays lost",
            "identity",
            "a component that holds nothing has weight 0 from then on",
            "grid",
            most_born,
            0.0,
            error=0.5,
        ),
        law(
            "Grid of 25 modes, replace: mean variance of the whole, as of one Gaussian",
            WHOLE,
            "grid",
            "variance",
            lambda t: GRID_VARIANCE * gaussian.replace_variance(t, N, 0),
        ),
        Claim(
            "Grid of 25 modes, replace: fewer modes are left each time",
            "published",
            ALEMOHAMMAD,
            "grid",
            lambda record: np.diff(record["curves"]["mode_coverage"][:, [0, *AT]], axis=1),
            -0.01,
            AT,
            side="at most",
            paper="alemohammad2024",
            printed="modes are lost gradually",
            differs=f"{N} rows and {T} generations, not 2000",
        ),
        Claim(
            "Grid of 25 modes, replace: the variance keeps twice the share that the modes keep",
            "published",
            ALEMOHAMMAD,
            "grid",
            lambda record: hidden(record["curves"])[:, [8, 16, T]],
            0.0,
            (8, 16, T),
            side="at least",
            paper="alemohammad2024",
            printed="the variance tells less of it than recall",
            differs=f"{N} rows and {T} generations, not 2000; live modes for recall",
        ),
    ]


def hidden(curves):
    """(S, T + 1) share of the variance that is left, less twice the share of the modes."""
    return curves["variance"] / GRID_VARIANCE - 2 * curves["live_modes"] / MODES


def changed(record):
    """(S,) the most by which the number of live modes differs from that of the real rows."""
    live_modes = record["curves"]["live_modes"][:, 1:]
    return np.abs(live_modes - live_modes[:, :1]).max(1)


def accumulated_claims() -> list[Claim]:
    name, late = "grid-accumulated", (4, 16, T)
    return [
        law(
            "Grid of 25 modes, accumulate: mean number of live modes, those of the real rows",
            DRIFT,
            name,
            "live_modes",
            MODES * (1 - (1 - 1 / MODES) ** N),
        ),
        Claim(
            "Grid of 25 modes, accumulate: no mode is lost after the first fit",
            "identity",
            "the real rows stay in the pool; Gerstgrasser et al. (2024)",
            name,
            changed,
            0.0,
            error=0.5,
        ),
        law(
            "Grid of 25 modes, accumulate: chance that two items are of different modes",
            "urn of Polya; Kazdan et al. (2025), Lemma 3",
            name,
            "weight_diversity",
            lambda t: categorical.accumulate_heterozygosity(t, N, UNLIKE),
        ),
        law(
            "Grid of 25 modes, accumulate: mean variance of the whole, as of one Gaussian",
            f"{WHOLE}; Kazdan et al. (2025), Lemma 3",
            name,
            "variance",
            lambda t: GRID_VARIANCE * gaussian.accumulate_variance(t, N),
        ),
        Claim(
            "Grid of 25 modes: more of them are said under accumulate than under replace",
            "published",
            "Gerstgrasser et al. (2024); Kazdan et al. (2025)",
            name,
            lambda record: record["curves"]["mode_coverage"][:, late],
            lambda t: live(t + 1) / MODES,
            late,
            side="at least",
            paper="gerstgrasser2024",
            printed="accumulating avoids collapse",
            differs="a mixture of 25 modes",
        ),
    ]


def farther(log: np.ndarray) -> np.ndarray:
    """(S, 3) whether a chain's distance has grown from 1 to 4, from there to 16, and to the last:
    a distance of a mode that has become a point is too large for its mean to mean much."""
    return steps(log) > 0


def steps(log: np.ndarray) -> np.ndarray:
    """(S, 3) by how much a curve of generations 1, 2, ... rises from 1 to 4, to 16, to the last."""
    return np.diff(log[:, [0, 3, 15, T - 1]], axis=1)


def reported_claims() -> list[Claim]:
    name, late = "two-sizes", (4, 16, T)
    falls = [
        Claim(
            f"KDE of {shape}, replace: held-out real points become less likely each time",
            "published",
            KAZDAN,
            "shapes",
            lambda record, shape=shape: steps(record["curves"][shape]),
            -0.1,
            late,
            side="at most",
            paper="kazdan2025",
            printed="test loss grows under replace",
            differs=f"{ROWS} rows, {T} generations, bandwidth by the shape",
        )
        for shape in SHAPES
    ]
    rises = [
        Claim(
            f"Two modes, replace, {rows} rows: most chains go farther from the truth each time",
            "published",
            SHUMAILOV,
            name,
            lambda record, size=size: farther(record["curves"][size]),
            0.5,
            late,
            side="at least",
            paper="shumailov2024",
            printed="the distance grows",
            differs=f"{rows} rows, not 500 to 200,000; {T} generations, not 2000",
        )
        for size, rows in (("few", FEW), ("many", MANY))
    ]
    return [
        law(
            "Two modes that overlap, replace: mean variance of the whole, as of one Gaussian",
            WHOLE,
            name,
            lambda record: record["curves"]["variance"][:, np.array(AT) - 1] / PAIR_VARIANCE,
            lambda t: gaussian.replace_variance(t, FEW, 0),
        ),
        Claim(
            "Two modes that overlap, replace: every fit has the variance of its rows",
            "identity",
            "derived: a step of expectation-maximisation keeps the moments of the rows",
            name,
            lambda record: record["curves"]["kept"][:, :8],
            1.0,
            tuple(range(1, 9)),
            error=1e-3,
        ),
        *rises,
        Claim(
            "Two modes, replace: farther from the truth with few rows than with many",
            "published",
            SHUMAILOV,
            name,
            lambda record: record["curves"]["gap"][:, [0, 3, 15, T - 1]],
            0.1,
            (1, *late),
            side="at least",
            paper="shumailov2024",
            printed="more samples, smaller distance",
            differs=f"{FEW} and {MANY} rows, not 500 to 200,000; {T} generations, not 2000",
        ),
        *falls,
    ]

"""What must happen to models that train on one another's output, and what does

Two Gaussians and two regressions, each with real rows of its own, public ones, and what both said
last; and islands, models that never hear of one another. Means, spreads and limits have closed
forms; each claim holds the simulator against one.
"""

import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Categorical,
    Claim,
    CrossRisk,
    Gaussian,
    KeepAll,
    LinearRegression,
    MaximumLikelihood,
    MemberMeans,
    MemberSpread,
    MultiModel,
    Plain,
    Population,
    Replace,
    Scenario,
    Sources,
)
from collapse.laws import categorical, population

N, T = 12, 12
ALPHA, BETA = 0.6, 0.7  # weight of what the models said; of private rows among the real ones
PRIVATE = (np.array([0.0, 2.0]), np.array([1.0, 0.5]))  # means and variances of the sources
PUBLIC = (1.5, 1.0)
SLOPES, SHARED = np.array([1.0, 3.0]), 0.0  # true coefficients, private and public
NOISE = 0.5  # of the labels that the regressions give
ISLANDS, OUTCOMES = 3, 5
AT, LATE = (1, 2, 3, 6, T), (2, 4, 8, T)

VU = "Vu, Reeves and Wenger (2025)"


def arm(truth, model, regime, measures) -> Arm:
    return Arm(
        truth=truth,
        model=model,
        judge=KeepAll(),
        regime=regime,
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=measures,
        n=N,
        generations=T,
    )


def gaussians() -> Arm:
    sources = tuple(Gaussian(mean, variance) for mean, variance in zip(*PRIVATE, strict=True))
    return arm(
        Sources(Gaussian(*PUBLIC), sources),
        Population.of([Gaussian(0.0, 1.0), Gaussian(0.0, 1.0)]),
        MultiModel(alpha=ALPHA, beta=BETA),
        (MemberMeans(), MemberSpread()),
    )


def designs() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inputs that every seed and generation meets: private (2, 4, 1), public (4, 1) and those
    that the members label (2, 6, 1)."""
    rng = np.random.default_rng(0)
    private = rng.normal(size=(2, 4, 1)) * np.array([1.5, 1.0])[:, None, None]
    public = rng.normal(size=(4, 1))
    synthetic = rng.normal(size=(2, 6, 1)) * np.array([0.5, 1.0])[:, None, None]
    return private, public, synthetic


def regressions() -> Arm:
    """Members with given inputs, from real labels without noise: their real rows are given."""
    private, public, synthetic = designs()

    def labels(slope, noise, inputs):
        return LinearRegression(slope, noise_level=noise, design="fixed", inputs=jnp.array(inputs))

    sources = tuple(labels(w, 0.0, x) for w, x in zip(SLOPES, private, strict=True))
    return arm(
        Sources(labels(SHARED, 0.0, public), sources),
        Population.of([labels(0.0, NOISE, x) for x in synthetic]),
        MultiModel(alpha=ALPHA, beta=BETA),
        (MemberMeans(), CrossRisk()),
    )


def islands() -> Arm:
    even = Categorical(np.full(OUTCOMES, 1 / OUTCOMES))
    return arm(
        Sources(None, (even,) * ISLANDS),
        Population.of([even] * ISLANDS, reads="own"),
        Replace(),
        (MemberSpread(),),
    )


def scenario() -> Scenario:
    return Scenario(
        name="population-laws",
        title="What must happen to models that train on one another's output, and what does",
        source="Vu, Reeves and Wenger (2025); Wright (1931)",
        arms={"gaussians": gaussians(), "regressions": regressions(), "islands": islands()},
        headline=("between", "own_risk", "other_risk", "within", "together"),
        seeds=4000,
        thorough=100_000,
        extra=("regressions",),
        claims=(*gaussian_claims(), *regression_claims(), *island_claims()),
        show=lambda item: str(np.round(np.asarray(item), 2)),
    )


def members(curves) -> np.ndarray:
    """(S, G, 2) the mean, or coefficient, of both members."""
    return np.stack([curves["mean_0"], curves["mean_1"]], axis=-1)


def claim(evidence, name, source, observe, expected, at=AT, kind="law", **more) -> Claim:
    """A claim about a curve, or about a function of all curves at the generations ``at``."""

    def there(record):
        return observe({name: curve[:, list(at)] for name, curve in record["curves"].items()})

    return Claim(
        name, kind, source, evidence, there if callable(observe) else observe, expected, at, **more
    )


def gaussian_claims() -> list[Claim]:
    def own(name, source, observe, expected, at=AT, **more):
        return claim("gaussians", f"Two Gaussians: {name}", source, observe, expected, at, **more)

    rows = (N // 3, N // 3, N // 2)
    law = population.gaussian_population(T, ALPHA, BETA, PRIVATE, PUBLIC, rows)
    mean, covariance, at = law["mean"], law["covariance"], list(AT)
    between = population.between_members(mean, covariance)
    within = law["variance"].mean(1)
    return [
        *[
            own(f"the mean of member {k}", f"{VU}: M = P + Q M", f"mean_{k}", mean[at, k])
            for k in (0, 1)
        ],
        *[
            own(
                f"the variance of the mean of member {k} over chains",
                f"{VU}: C = Q (F + C) Q', with the noise of the real rows",
                lambda curves, k=k: (curves[f"mean_{k}"] - mean[at, k]) ** 2,
                covariance[at, k, k],
            )
            for k in (0, 1)
        ],
        own(
            "the covariance of their means",
            f"{VU}: C = Q (F + C) Q', with the noise of the real rows",
            lambda curves: np.prod(members(curves) - mean[at], axis=-1),
            covariance[at, 0, 1],
        ),
        own(
            "the squared distance between the members",
            "derived: trace of C and of the means",
            "between",
            between[at],
        ),
        own(
            "they grow alike by (1 - alpha)^2 at once, and no further",
            f"derived from {VU}: only private rows tell them apart",
            lambda curves: curves["between"],
            lambda t: (1 - ALPHA) ** 2 * between[1] + 0.0 * t,
            LATE,
        ),
        own(
            "the mean variance of a member",
            "derived: weighted scatter of the rows, ddof = 0",
            "within",
            within[at],
        ),
    ]


def regression_path() -> dict:
    """Means (T + 1, 2) and covariances (T + 1, 2, 2) of the coefficients, where they settle, and
    the map Q that takes errors on."""
    private, public, synthetic = designs()
    rows = synthetic.shape[1]
    private, synthetic = (
        np.einsum("kni,knj->kij", x, x) / x.shape[1] for x in (private, synthetic)
    )
    public = public.T @ public / len(public)
    truth = np.append(SLOPES, SHARED)
    first = population.member_maps(private, public, synthetic, 0.0, BETA)[0]
    real_map, carry = population.member_maps(private, public, synthetic, ALPHA, BETA)
    fit = population.label_noise(synthetic, rows, NOISE)
    path = [(SLOPES, np.zeros((2, 2))), (first @ truth, np.zeros((2, 2)))]
    for _ in range(2, T + 1):
        path.append(population.population_step(*path[-1], real_map @ truth, carry, fit))
    mean, covariance = (np.stack(x) for x in zip(*path, strict=True))
    limit = population.population_limit(real_map @ truth, carry, fit)
    return {"mean": mean, "covariance": covariance, "limit": limit, "carry": carry}


def regression_claims() -> list[Claim]:
    def own(name, source, observe, expected, at=LATE, **more):
        name = f"Two regressions: {name}"
        return claim("regressions", name, source, observe, expected, at, **more)

    law, late = regression_path(), list(LATE)
    mean, covariance = law["mean"], law["covariance"]
    settled, spread = law["limit"]
    radius = population.spectral_radius(law["carry"])
    slow = leading(law["carry"])
    apart = slow @ (mean[1] - settled)
    own_risk = (mean - SLOPES) ** 2 + covariance[:, [0, 1], [0, 1]]
    other_risk = (mean - SLOPES[::-1]) ** 2 + covariance[:, [0, 1], [0, 1]]
    return [
        *[
            own(f"the coefficient of member {k}", f"{VU}: M = P + Q M", f"mean_{k}", mean[late, k])
            for k in (0, 1)
        ],
        own(
            "the covariance of their coefficients",
            f"{VU}: C = Q (F + C) Q'",
            lambda curves: np.prod(members(curves) - mean[late], axis=-1),
            covariance[late, 0, 1],
        ),
        own(
            "the distance to the limit shrinks by the spectral radius of Q",
            f"{VU}: along its leading left eigenvector by exactly that a generation",
            lambda curves: (members(curves) - settled) @ slow,
            lambda t: apart * radius ** (t - 1.0),
        ),
        own(
            "the coefficients settle at (I - Q)^-1 P",
            f"{VU}; off by Q^(T - 1) of the first distance",
            lambda curves: curves["average"],
            settled.mean(),
            (T,),
            kind="approximation",
            error=abs(mean[T].mean() - settled.mean()),
        ),
        own(
            "their covariance settles at C = Q (F + C) Q'",
            f"{VU}; off by the square of Q^(T - 1)",
            lambda curves: np.prod(members(curves) - mean[T], axis=-1),
            spread[0, 1],
            (T,),
            kind="approximation",
            error=abs(covariance[T] - spread).max(),
        ),
        own(
            "the risk against a member's own source",
            "derived: squared error of the mean plus variance",
            "own_risk",
            own_risk.mean(1)[late],
        ),
        own(
            "the risk against the other's source",
            "derived: squared error of the mean plus variance",
            "other_risk",
            other_risk.mean(1)[late],
        ),
    ]


def leading(carry: np.ndarray) -> np.ndarray:
    """(2,) the left eigenvector of Q for its largest eigenvalue; Q of two scalars has rank 1."""
    values, vectors = np.linalg.eig(carry.T)
    return np.real(vectors[:, np.argmax(np.abs(values))])


def island_claims() -> list[Claim]:
    h0 = 1 - 1 / OUTCOMES
    return [
        claim(
            "islands",
            "Islands: the mean heterozygosity within an island",
            "Wright (1931); derived: H_0 (1 - M/n)^t",
            "within",
            lambda t: population.island_heterozygosity(t, N, ISLANDS, h0)[0],
        ),
        claim(
            "islands",
            "Islands: the mean heterozygosity of all islands together",
            "Wright (1931); derived: H_0 ((1 - M/n)^t / M + 1 - 1/M)",
            "together",
            lambda t: population.island_heterozygosity(t, N, ISLANDS, h0)[1],
        ),
        claim(
            "islands",
            "Islands: together they keep more than one model of all n items",
            "derived: one model keeps H_0 (1 - 1/n)^t",
            "together",
            lambda t: categorical.replace_heterozygosity(t, N, h0),
            at=(6, T),
            kind="bound",
            side="at least",
        ),
    ]

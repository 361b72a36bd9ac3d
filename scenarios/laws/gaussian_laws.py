"""What must happen to a Gaussian that trains on its own samples, and what does

Ten items a generation (in space eight, each of them drawn), all of the last model's, so that a few
generations show what many items show only after thousands. Every mean and spread below has a closed
form, and each claim holds the simulator against one. Means of heavy tails are looked at early,
logarithms late.
"""

import jax.numpy as jnp
import numpy as np
from scipy.special import polygamma

from collapse import (
    Arm,
    Claim,
    CovarianceScale,
    Curve,
    Gaussian,
    KeepAll,
    MaximumLikelihood,
    Measure,
    Moments,
    Plain,
    Replace,
    Scenario,
    Wasserstein,
)
from collapse.laws import gaussian
from collapse.numerics.pytree import replace

N, D, T = 10, 2, 60
EARLY, LATE = (1, 2, 4), (1, 10, 30, T)
BIAS = 0.8  # of the narrowed sampler, on the variance
EIGHT, SPACE_AT = 8, (1, 2, 4)  # items in space, whose law is for any covariance
SPACE = np.array([[2.0, 0.6, 0.3], [0.6, 1.0, -0.2], [0.3, -0.2, 0.5]])

KAZDAN = "Kazdan et al. (2025)"
SHUMAILOV = "Shumailov et al. (2024), section 4.2"


class LogDeterminant(Measure):
    """Curve: log_determinant, ln det of the covariance, which goes on where the determinant
    itself would underflow."""

    curves = {"log_determinant": Curve("ln(item units^2d)")}
    reads = "model"

    def measure(self, key, view):
        model = view.model
        inner = jnp.linalg.slogdet(model.cov)[1]
        return {"log_determinant": inner + len(model.mean) * model.log_scale}


class Covariances(Measure):
    """Curves covariance_00, covariance_01, ...: the covariance of each pair of three axes."""

    pairs = tuple((i, j) for j in range(3) for i in range(j + 1))
    curves = {f"covariance_{i}{j}": Curve("item units^2") for i, j in pairs}
    reads = "model"

    def measure(self, key, view):
        return {f"covariance_{i}{j}": view.model.covariance[i, j] for i, j in self.pairs}


def arm(model=None, sampler=None, measures=None) -> Arm:
    model = model or Gaussian(0.0, 1.0)
    d = len(model.mean)
    return Arm(
        truth=Gaussian(jnp.zeros(d), jnp.eye(d)),
        model=model,
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=sampler or Plain(),
        measures=measures or (Moments(), Wasserstein()),
        n=N,
        generations=T,
    )


def space() -> Arm:
    """By items in three dimensions, where a summary of them would do as well."""
    model = Gaussian(mean=np.zeros(3), cov=SPACE, ddof=1)
    measures = (Moments(), LogDeterminant(), Covariances())
    return replace(arm(model, measures=measures), truth=model, n=EIGHT, statistics=False)


def scenario() -> Scenario:
    plane = Gaussian(jnp.zeros(D), jnp.eye(D))
    return Scenario(
        name="gaussian-laws",
        title="What must happen to a Gaussian that trains on its own samples, and what does",
        source="Shumailov et al. (2024); Kazdan et al. (2025); Alemohammad et al. (2024)",
        arms={
            "unbiased": arm(Gaussian(0.0, 1.0, ddof=1)),
            "plane": arm(plane, measures=(Moments(), LogDeterminant())),
            "narrowed": arm(sampler=CovarianceScale(factor=BIAS)),
            "space": space(),
        },
        headline=("log_variance", "mean_shift", "w2"),
        seeds=4000,
        thorough=100_000,
        claims=(*unbiased_claims(), *plane_claims(), *narrowed_claims(), *space_claims()),
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )


def claim(evidence, name, source, observe, expected, at, kind="law", **more) -> Claim:
    """A claim about a curve, or about a function of all curves at the generations ``at``."""

    def there(record):
        return observe({name: curve[:, list(at)] for name, curve in record["curves"].items()})

    return Claim(
        name, kind, source, evidence, there if callable(observe) else observe, expected, at, **more
    )


def mean_error(curves):
    """Of one coordinate: every arm but the plane's has one."""
    return curves["mean_shift"] ** 2


def square_spread(t, df: np.ndarray) -> np.ndarray:
    """Standard deviation over chains of the squared distance of the walk from its mean: two
    squared variances and the fourth cumulant, of t steps that each sum ln chi^2 of ``freedom``."""
    half, t = np.atleast_1d(df) / 2, np.asarray(t, float)
    variance, fourth = polygamma(1, half).sum(), polygamma(3, half).sum()
    return np.sqrt(2 * (t * variance) ** 2 + t * fourth)


def unbiased_claims() -> list[Claim]:
    def own(name, source, observe, expected, at, **more):
        name = f"Gaussian, replace, ddof = 1: {name}"
        return claim("unbiased", name, source, observe, expected, at, **more)

    early, late = np.array(EARLY), np.array(LATE)
    walk, spread = gaussian.replace_log_variance(late, N, 1)
    deviation = gaussian.replace_standard_deviation(early, N)
    return [
        own(
            "the mean variance stays",
            SHUMAILOV,
            "variance",
            lambda t: gaussian.replace_variance(t, N, 1),
            EARLY,
            spread=np.sqrt(((N + 1) / (N - 1)) ** early - 1),
        ),
        own(
            "the mean of ln var falls in a straight line",
            f"{SHUMAILOV}; a random walk of chi-square logarithms",
            "log_variance",
            lambda t: gaussian.replace_log_variance(t, N, 1)[0],
            LATE,
            spread=np.sqrt(spread),
        ),
        own(
            "the variance of ln var grows in a straight line",
            "derived: t times the trigamma function of (n - 1) / 2",
            lambda curves: (curves["log_variance"] - walk) ** 2,
            spread,
            LATE,
            spread=square_spread(late, N - 1),
        ),
        own(
            "the mean standard deviation is c4(n)^t",
            "Bertrand et al. (2024); derived: c4(n) is that of quality control",
            lambda curves: np.exp(curves["log_variance"] / 2),
            deviation,
            EARLY,
            spread=np.sqrt(1 - deviation**2),
        ),
        own(
            "the mean squared error of the mean is t / n",
            SHUMAILOV,
            mean_error,
            lambda t: gaussian.replace_mean_error(t, N, 1),
            EARLY,
        ),
        own(
            "mean of W2^2 to the truth",
            f"exact form of {SHUMAILOV}, eq. 4",
            lambda curves: curves["w2"] ** 2,
            lambda t: gaussian.replace_w2_squared(t, N),
            EARLY,
            spread=np.sqrt(gaussian.replace_w2_squared_variance(early, N)),
        ),
        own(
            "variance of W2^2 over chains",
            f"derived, in place of {SHUMAILOV}, eq. 5",
            lambda curves: (curves["w2"] ** 2 - gaussian.replace_w2_squared((1, 2), N)) ** 2,
            lambda t: gaussian.replace_w2_squared_variance(t, N),
            (1, 2),
        ),
    ]


def plane_claims() -> list[Claim]:
    def own(name, source, observe, expected, at, **more):
        name = f"Gaussian, replace, ddof = 0, two dimensions: {name}"
        return claim("plane", name, source, observe, expected, at, **more)

    at = np.array((1, 4, 8))  # later the axes differ by more than single precision tells apart
    walk, spread = gaussian.replace_log_determinant(at, N, D)
    return [
        own(
            "the mean variance is (1 - 1/n)^t",
            KAZDAN,
            "variance",
            lambda t: gaussian.replace_variance(t, N),
            EARLY,
        ),
        own(
            "the mean gains what the variance loses",
            f"{KAZDAN}: variance and squared error of the mean sum to 1",
            lambda curves: curves["variance"] + mean_error(curves) / D,
            1.0,
            (1, 2, 4, 8),
        ),
        own(
            "the mean squared error of the mean is 1 - (1 - 1/n)^t",
            KAZDAN,
            lambda curves: mean_error(curves) / D,
            lambda t: gaussian.replace_mean_error(t, N),
            EARLY,
        ),
        own(
            "the mean determinant of the covariance",
            "derived: the determinant of a Wishart matrix is a product of chi-squares",
            lambda curves: np.exp(curves["log_determinant"]),
            lambda t: gaussian.replace_determinant(t, N, D),
            (1, 2),
        ),
        own(
            "the mean of the log-determinant",
            "derived: a random walk of two chi-square logarithms a step",
            "log_determinant",
            lambda t: gaussian.replace_log_determinant(t, N, D)[0],
            tuple(at),
            spread=np.sqrt(spread),
        ),
        own(
            "the variance of the log-determinant",
            "derived: t times a sum of trigamma functions",
            lambda curves: (curves["log_determinant"] - walk) ** 2,
            spread,
            tuple(at),
            spread=square_spread(at, N - np.arange(1, D + 1)),
        ),
    ]


def narrowed_claims() -> list[Claim]:
    source = "Alemohammad et al. (2024), section 2: lambda^(t-1) where t = 1 is fitted to real data"
    variance = gaussian.biased_log_variance(LATE, N, BIAS)[1]
    return [
        claim(
            "narrowed",
            f"Gaussian, replace, sampling bias {BIAS}: the mean of ln var",
            source,
            "log_variance",
            lambda t: gaussian.biased_log_variance(t, N, BIAS)[0],
            LATE,
            spread=np.sqrt(variance),
        ),
        claim(
            "narrowed",
            f"Gaussian, replace, sampling bias {BIAS}: the mean variance",
            source,
            "variance",
            lambda t: gaussian.biased_variance(t, N, BIAS),
            EARLY,
        ),
        claim(
            "narrowed",
            f"Gaussian, replace, sampling bias {BIAS}: the mean stops wandering",
            "derived: the sum of the variances of the items over n, a bounded one",
            mean_error,
            lambda t: gaussian.biased_mean_error(t, N, BIAS),
            (1, 2, 4, T),
        ),
    ]


def space_claims() -> list[Claim]:
    def own(name, source, observe, expected, at=SPACE_AT):
        name = f"Gaussian by items in space, replace, ddof = 1: {name}"
        return claim("space", name, source, observe, expected, at)

    log = np.linalg.slogdet(SPACE)[1]
    return [
        own(
            "the mean trace of the covariance stays",
            SHUMAILOV,
            lambda curves: 3 * curves["variance"],
            np.trace(SPACE),
        ),
        own(
            "the mean covariance of each pair of axes stays",
            SHUMAILOV,
            lambda curves: np.stack([curves[name][:, ::6] for name in Covariances.curves], -1),
            np.tile([SPACE[pair] for pair in Covariances.pairs], len(SPACE_AT)),
            tuple(np.repeat(SPACE_AT, 6).tolist()),
        ),
        own(
            "the mean squared error of the mean is t / n of the trace",
            SHUMAILOV,
            mean_error,
            lambda t: np.trace(SPACE) * t / EIGHT,
        ),
        own(
            "the mean of the log-determinant",
            "derived: a random walk of three chi-square logarithms a step",
            "log_determinant",
            lambda t: log + gaussian.replace_log_determinant(t, EIGHT, 3, 1)[0],
        ),
    ]

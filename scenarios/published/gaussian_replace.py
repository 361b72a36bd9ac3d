"""A Gaussian trained on its own samples: the variance drifts to zero

The chain of Shumailov et al. (2024), section 4.2: fit mean and unbiased variance, sample, fit
again. The mean of the variance never moves (ddof = 1); almost every chain collapses all the same,
and its log-variance is a random walk known exactly.
"""

from collapse import (
    Arm,
    Claim,
    Divergence,
    Gaussian,
    KeepAll,
    MaximumLikelihood,
    Moments,
    Plain,
    Replace,
    Scenario,
    Wasserstein,
)
from collapse.laws.gaussian import replace_log_variance, replace_w2_squared

N = 100
TIMES = (1, 5, 50, 500)


def scenario() -> Scenario:
    arm = Arm(
        truth=Gaussian(0.0, 1.0),
        model=Gaussian(0.0, 1.0, ddof=1),
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(Moments(), Wasserstein(), Divergence()),
        n=N,
        generations=500,
    )
    return Scenario(
        name="gaussian-replace",
        title="A Gaussian trained on its own samples: the variance drifts to zero",
        source="Shumailov et al. (2024), AI models collapse when trained on recursively generated "
        "data, section 4.2",
        arms={"replace": arm},
        headline=("log_variance", "mean_shift", "w2", "kl_model_truth"),
        seeds=256,
        thorough=20_000,
        claims=(
            Claim(
                "Gaussian, replace, ddof = 1: mean of ln var",
                "law",
                "random walk of chi-square logarithms; Shumailov et al. (2024), section 4.2",
                "replace",
                "log_variance",
                lambda t: replace_log_variance(t, N, 1)[0],
                at=TIMES,
                spread=replace_log_variance(TIMES, N, 1)[1] ** 0.5,
            ),
            Claim(
                "Gaussian, replace, ddof = 1: E[W2^2] to the truth",
                "law",
                "exact form of Shumailov et al. (2024), eq. 4",
                "replace",
                lambda record: record["curves"]["w2"][:, (1, 5, 20)] ** 2,
                lambda t: replace_w2_squared(t, N),
                at=(1, 5, 20),
            ),
        ),
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )

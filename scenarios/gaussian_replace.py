"""A Gaussian trained on its own samples: the variance drifts to zero

The chain of Shumailov et al. (2024), section 4.2: fit mean and unbiased variance, sample, fit
again. The mean of the variance never moves (ddof = 1); almost every chain collapses all the same,
and its log-variance is a random walk known exactly.
"""

from collapse import (
    Arm,
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

N = 100


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
        show=lambda item: ", ".join(f"{x:+.3f}" for x in item),
    )

"""A thousand outcomes drawn from themselves: genetic drift eats the rare ones

The categorical chain of Suresh et al. (2024), which is Wright-Fisher drift: K = 1000 outcomes of
Zipf probabilities, N = 1000 draws a generation, refitted by frequency.
"""

from collapse import (
    Arm,
    Divergence,
    ItemDiversity,
    KeepAll,
    MaximumLikelihood,
    ModelDiversity,
    Plain,
    Replace,
    Scenario,
    SupportCoverage,
    TailMass,
    TotalVariation,
    zipf,
)

K = N = 1000


def scenario() -> Scenario:
    truth = zipf(K)
    arm = Arm(
        truth=truth,
        model=truth,
        judge=KeepAll(),
        regime=Replace(),
        learner=MaximumLikelihood(),
        sampler=Plain(),
        measures=(
            ModelDiversity(),
            ItemDiversity(),
            SupportCoverage(),
            TailMass(),
            Divergence(),
            TotalVariation(),
        ),
        n=N,
        generations=200,
    )
    return Scenario(
        name="zipf-drift",
        title="A thousand outcomes drawn from themselves: genetic drift eats the rare ones",
        source="Suresh, Thangaraj and Khandavally (2024), Rate of model collapse in recursive "
        "training; Wright (1931)",
        arms={"replace": arm},
        headline=(
            "model_entropy",
            "model_support",
            "model_gini",
            "effective_number",
            "support_coverage",
            "tail_mass",
            "total_variation",
        ),
        seeds=64,
    )

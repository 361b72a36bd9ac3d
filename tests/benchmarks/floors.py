"""Where each curve stands when nothing is lost: its noise floor, in a small chain of each kind.

    python -m tests.benchmarks.floors

The column "floor" of docs/measures.md: the mean over 50 seeds at generation 0, which is real data
(of curves that look at the model: the truth itself), and at generation 1, the first model that was
fitted to n real rows.
"""

import jax
import numpy as np

import collapse as c
from collapse.loop.simulate import run_arm
from collapse.measures.population import (
    AgreementWhenWrong,
    MemberCollision,
    MemberMeans,
    MemberSpread,
)
from collapse.measures.risk import Accuracy, CrossRisk, DownstreamRidge, ExcessRisk, Labels
from collapse.measures.tails import Rate, Share, Survival, Undecided
from collapse.numerics.pytree import replace
from collapse.scenario.load import build

SEEDS = 50


def arm(truth, model, measures, n, **settings):
    parts = {"judge": c.KeepAll(), "regime": c.Replace(), "learner": c.MaximumLikelihood()}
    parts |= {"sampler": c.Plain(), "n": n, "generations": 1}
    return c.Arm(truth=truth, model=model, measures=measures, **parts | settings)


def arms() -> dict:
    """{what the page calls it: arm}."""
    zipf, plane = c.zipf(100), c.Gaussian(np.zeros(2), np.eye(2))
    modes, coin, events = c.eight_gaussians(), c.Bernoulli(0.3), c.Poisson(2.0)
    labels = c.LinearRegression(np.array([1.0, 0.5, 0.2, 0.1]))
    far = np.array([0.8, -0.4])
    sides = c.LogisticRegression(2 * far, separation=far)
    table = np.random.default_rng(0).dirichlet(np.ones(8), 5)
    prompts, bigram = c.Conditional(table, np.full(5, 0.2)), c.hutter_bigram(8, 1.0)
    right = c.FunctionReward(lambda rows: (rows[:, 1] == 0) * 1.0)
    jokes = build("jokes").arms["no-judge"]
    shares = (
        c.ItemDiversity(),
        c.ModelDiversity(),
        c.SupportCoverage(),
        c.TailMass(),
        c.Divergence(),
    )
    shares += (c.TotalVariation(), c.MissingMass(), c.SquaredError(), Undecided(), Share())
    members = c.Population.of([plane, plane], reads="own")
    lines = c.Population.of([labels, labels], reads="own")
    return {
        "zipf(100)": arm(zipf, zipf, (*shares, c.OutcomeShares()), 1000),
        "jokes": replace(
            jokes,
            measures=(*jokes.measures, c.ReferencePerplexity()),
            generations=1,
            keep_reference=True,
        ),
        "a plane": arm(
            plane,
            plane,
            (
                c.Moments(),
                c.Wasserstein(),
                c.Spread(),
                c.PrecisionRecall(),
                c.NearestTraining(),
                c.HeldOutLogDensity(),
            ),
            1000,
        ),
        "eight modes": arm(modes, modes, (c.ModeCoverage(), c.MixtureDistance()), 1000),
        "a coin": arm(coin, coin, (Survival(),), 1000),
        "events": arm(events, events, (Rate(),), 1000),
        "labels": arm(labels, labels, (ExcessRisk(), DownstreamRidge()), 1000),
        "sides": arm(sides, sides, (Accuracy(), Labels()), 1000),
        "prompts": arm(
            prompts, prompts, (c.PromptDiversity(), c.PassAt(right), c.Judged()), 1000, group=4
        ),
        "bigrams": arm(bigram, bigram, (c.ConditionalVariation(),), 1000),
        "members": arm(
            c.Sources(None, (plane, plane)), members, (MemberSpread(), MemberMeans()), 1000
        ),
        "two tables": arm(
            c.Sources(None, (prompts, prompts)),
            c.Population.of([prompts, prompts], reads="own"),
            (AgreementWhenWrong(np.zeros(5)),),
            1000,
        ),
        "two labs": arm(
            c.Sources(None, (zipf, zipf)),
            c.Population.of([zipf, zipf], reads="own"),
            (MemberCollision(),),
            1000,
        ),
        "lines": arm(c.Sources(None, (labels, labels)), lines, (CrossRisk(),), 1000),
    }


def floors() -> dict[str, tuple[str, float, float]]:
    """{curve: (chain, mean at generation 0, at generation 1)}, of the first chain that has it."""
    found = {}
    for chain, made in arms().items():
        curves = run_arm(jax.random.key(0), made, SEEDS)["curves"]
        for name, values in curves.items():
            first, second = np.asarray(values, float)[:, :2].mean(0)
            found.setdefault(name, (chain, float(first), float(second)))
    return found


def text(value: float) -> str:
    """As the page has it: three digits, a dash for what is not defined."""
    if np.isnan(value):
        return "-"
    return "∞" if np.isinf(value) else f"{value:.3g}" if abs(value) > 1e-6 else "0"


def main() -> None:
    for name, (chain, first, second) in floors().items():
        print(f"{name} | {text(first)}, {text(second)} | {chain}", flush=True)


if __name__ == "__main__":
    main()

"""Annotators like what is typical: the aligned model is a power of the one before

Zhang et al. (2025): a reward with a bias alpha ln p_ref and a KL penalty beta give p_ref^gamma e^(r
/ beta) with gamma = 1 + alpha / beta. A thousand jokes by Zipf's law, all equally good, on the
whole support. Asking for a list of different answers (verbalised sampling) is tried on what is
left.
"""

import numpy as np

from collapse import (
    Arm,
    Divergence,
    ModelDiversity,
    OutcomeShares,
    RewardWeighted,
    Scenario,
    ScoreOnly,
    Support,
    TableReward,
    Typicality,
    zipf,
)
from collapse.laws import verifiers
from collapse.scenario.published import comparison, number, shape

JOKES, ALPHA = 1000, 0.57  # alpha: the paper's estimate on HelpSteer, +- .07
BETAS = (1.0, 0.5, 0.1)
LISTED, LISTS = 5, 6  # answers asked for at once, and how often
GAMMA = float(verifiers.typicality_exponent(ALPHA, 1.0))
DIFFERS = "jokes with probabilities by Zipf's law"


def scenario(size: str = "quick") -> Scenario:
    def arm(alpha, beta):
        judge = Typicality(TableReward(np.zeros(JOKES)), strength=alpha)
        return Arm(
            truth=zipf(JOKES),
            judge=ScoreOnly(judge),
            learner=RewardWeighted(learning_rate=1 / beta, kl_coef=beta),
            sampler=Support(),
            measures=(ModelDiversity(), Divergence(), OutcomeShares(8)),
            n=10_000,
            generations=3,
            keep_reference=True,
        )

    arms = {f"beta-{beta:g}": arm(ALPHA, beta) for beta in BETAS}
    return comparison(
        arms | {"unbiased": arm(0.0, 0.1)},
        evidence={"lists": lists},
        name="zhang-typicality",
        title=__doc__.split("\n")[0],
        source="Zhang et al. (2025)",
        paper="zhang2025verbalized",
        minutes={"quick": 0.1, "laptop": 0.1},
        headline=("model_entropy", "share_0"),
        seeds=50,
        claims=claims(),
    )


def lists(key, seeds: int) -> dict:
    """Different jokes among LISTS * LISTED: asked for one by one of the aligned model, as lists of
    different ones, and one by one of the model before. Curves direct, listed, base (seeds,)."""
    import jax

    rng = np.random.default_rng(np.asarray(jax.random.key_data(key)))
    base = np.asarray(zipf(JOKES).p, float)
    base /= base.sum()
    aligned = verifiers.sharpened(base, GAMMA)

    def ranks(p, lists, kept):
        """(seeds, lists * kept) the first of a race without replacement (Gumbel top k)."""
        race = np.log(p) + rng.gumbel(size=(seeds, lists, len(p)))
        return np.argsort(-race, axis=-1)[..., :kept].reshape(seeds, -1)

    def different(answers):
        ordered = np.sort(answers, axis=1)
        return 1.0 + (np.diff(ordered, axis=1) > 0).sum(1)

    one_by_one = LISTS * LISTED
    return {
        "curves": {
            "direct": different(ranks(aligned, one_by_one, 1)),
            "listed": different(ranks(aligned, LISTS, LISTED)),
            "base": different(ranks(base, one_by_one, 1)),
        }
    }


def claims() -> tuple:
    exact = {"spread": 0.0, "differs": DIFFERS}
    gammas = [float(verifiers.typicality_exponent(ALPHA, beta)) for beta in BETAS]
    reference = np.asarray(zipf(JOKES).p, float)

    def slope(record, arm, at):
        """(S,) slope of ln p on the reference's ln p, over the first eight jokes."""
        shares = [record["curves"][f"{arm}/share_{i}"][:, at] for i in range(8)]
        log = np.log(np.stack(shares, 1).astype(float))
        x = np.log(reference[:8]) - np.log(reference[:8]).mean()
        return log @ x / (x @ x)

    def number_left(record, arm):
        return np.exp(record["curves"][f"{arm}/model_entropy"][:, 2])

    return (
        number(
            "Exponent of the reference in the aligned model",
            "gamma = 1 + alpha / beta, alpha = .57",
            lambda r: np.stack([slope(r, f"beta-{beta:g}", 2) for beta in BETAS], 1),
            gammas,
            (2,) * len(BETAS),
            error=1e-4 * np.array(gammas),
            spread=0.0,
        ),
        number(
            "And it stays: the optimum is reached at once",
            "the optimum of a reward with a KL penalty",
            lambda r: np.stack([slope(r, f"beta-{beta:g}", 3) for beta in BETAS], 1),
            gammas,
            (3,) * len(BETAS),
            error=1e-4 * np.array(gammas),
            spread=0.0,
        ),
        shape(
            "All jokes are equally good, and most of them are gone",
            "mode collapse without a difference in quality",
            lambda r: number_left(r, "beta-1") / number_left(r, "unbiased"),
            "gamma > 1 sharpens",
            below=0.2,
            at=(2,),
            **exact,
        ),
        shape(
            "The weaker the KL penalty the fewer are left",
            "gamma rises as beta falls",
            lambda r: -np.diff(np.stack([number_left(r, f"beta-{b:g}") for b in BETAS], 1), axis=1),
            "sharper",
            above=0.5,
            at=(2, 2),
            **exact,
        ),
        shape(
            "Without the bias nothing is lost, whatever the KL penalty",
            "alpha = 0: gamma = 1",
            lambda r: r["curves"]["unbiased/kl_model_truth"][:, 2],
            "no collapse",
            below=1e-5,
            at=(2,),
            **exact,
        ),
        shape(
            "Lists of five different jokes have more of them",
            "abstract: 1.6 to 2.1 times the diversity",
            lambda r: r["curves"]["listed"] / r["curves"]["direct"].mean(),
            "1.6 to 2.1 times",
            above=1.0,
            evidence="lists",
            differs="different jokes among thirty, not semantic diversity",
        ),
        shape(
            "They do not bring back more than the model before had",
            "verbalised sampling keeps 66.8 % of the base model's diversity",
            lambda r: r["curves"]["listed"] / r["curves"]["base"].mean(),
            "a part of it",
            below=1.0,
            evidence="lists",
            differs="different jokes among thirty, not semantic diversity",
        ),
    )

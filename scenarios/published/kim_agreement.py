"""Models that are wrong give the same wrong answer

Kim et al. (2025): when two language models are both wrong on a question of four options, they agree
in 60 % of cases, where independent mistakes would agree in a third. Tables of answers show what
share of common mistakes that takes, and that models that learn from a common source, or from one
another, come to agree.
"""

import numpy as np

from collapse import AgreementWhenWrong, Arm, Conditional, MultiModel, Population, Scenario, Sources
from collapse.scenario.published import comparison, number, shape

SEEDS = {"quick": 100, "laptop": 1000, "paper": 5000}
C, OPTIONS, N, T = 30, 4, 3600, 6  # questions, options, rows, generations
WRONG = np.array([0.35, 0.1, 0.05])  # a model is wrong half of the time
COMMON = np.sqrt(0.4)  # chance that a mistake is the common one
DIFFERS = "tables of answers to 30 questions, not language models on a leaderboard"


def table(mistakes) -> Conditional:
    """Answers to all questions: option 0 is right, the others have the probabilities (C, 3)."""
    p = np.concatenate([np.full((C, 1), 1 - WRONG.sum()), mistakes], axis=1)
    return Conditional(p, np.full(C, 1 / C))


def independent(model: int) -> Conditional:
    """Mistakes in an order of its own, so that over all questions no pair is preferred, nor any
    with the common mistake."""
    turned = [np.roll(WRONG, (model + 1) * question) for question in range(C)]
    return table(np.stack(turned))


def common() -> Conditional:
    """The common mistake in a share of cases, else any of the three."""
    each = WRONG.sum() * (COMMON * np.eye(3)[0] + (1 - COMMON) / 3)
    return table(np.tile(each, (C, 1)))


def arm(public, privates, **regime) -> Arm:
    blank = Conditional(np.full((C, OPTIONS), 1 / OPTIONS), np.full(C, 1 / C))
    return Arm(
        truth=Sources(public, privates),
        model=Population.of([blank, blank]),
        regime=MultiModel(**regime),
        measures=(AgreementWhenWrong(np.zeros(C)),),
        n=N,
        generations=T,
    )


def scenario(size: str = "quick") -> Scenario:
    own = (independent(0), independent(1))
    arms = {
        "independent": arm(None, own, alpha=0.0, beta=1.0),
        "common-mistakes": arm(None, (common(), common()), alpha=0.0, beta=1.0),
        "little-shared": arm(common(), own, alpha=0.0, beta=0.8),
        "much-shared": arm(common(), own, alpha=0.0, beta=0.2),
        "one-another": arm(None, own, alpha=0.5, beta=1.0),
    }
    return comparison(
        arms,
        name="kim-agreement",
        title=__doc__.split("\n")[0],
        source="Kim et al. (2025)",
        paper="kim2025",
        minutes={"quick": 0.5, "laptop": 1.5, "paper": 2},
        headline=("agreement_when_wrong", "wrong"),
        seeds=SEEDS[size],
        claims=claims(),
    )


def mixed(alpha: float, shared: float = 0.0) -> float:
    """Agreement of two models with mistakes of their own, a and b, and a share of those of a common
    table, or with a share alpha of what both wrote.

    derived: the tables are mixed, and rows that both have seen have the same sampling noise. Of the
    multinomial variance V = sum p (1 - p) of a single row, s^2 over the public rows of a question
    is common, or alpha over those of one model (alpha (1 - alpha/2) from what the first fits have
    in common and alpha^2 / 2 from the rows they wrote).
    """
    a, b = (np.asarray(independent(k).p)[:, 1:] for k in (0, 1))
    seen = a
    common_noise = alpha * 2 * C / N
    if shared:
        seen = np.asarray(common().p)[:, 1:]
        a, b = ((1 - shared) * x + shared * seen for x in (a, b))
        common_noise = shared**2 * 3 * C / N
    a, b = a + alpha * (b - a) / 2, b + alpha * (a - b) / 2
    wrong = WRONG.sum()
    same = (a * b).sum(1).mean() + common_noise * (seen * (1 - seen)).sum(1).mean()
    return float(same / (wrong**2 + common_noise * wrong * (1 - wrong)))


def claims() -> tuple:
    def agree(record, arm, at=(1,)):
        return record["curves"][f"{arm}/agreement_when_wrong"][:, list(at)].astype(float)

    return (
        number(
            "Independent mistakes agree by chance",
            "chance: 1/3 of four options",
            lambda r: agree(r, "independent"),
            1 / 3,
            error=0.005,
        ),
        number(
            "60 % agree if both make the common mistake with chance .63",
            "abstract: 60 %; derived: q^2 + (1 - q^2) / 3",
            lambda r: agree(r, "common-mistakes"),
            0.6,
            error=0.005,
            differs="the share of common mistakes is set to give it",
        ),
        number(
            "A fifth and four fifths from a common source",
            "derived: products of mixed tables",
            lambda r: np.concatenate([agree(r, f"{x}-shared") for x in ("little", "much")], 1),
            np.array([mixed(0.0, 0.2), mixed(0.0, 0.8)]),
            (1, 1),
            error=0.005,
        ),
        shape(
            "Models of one provider agree more",
            "abstract: shared providers and architectures",
            lambda r: agree(r, "much-shared") - agree(r, "little-shared"),
            "a driver of correlation",
            above=0.0,
            differs=DIFFERS,
        ),
        number(
            "One generation of learning from one another",
            "derived: halfway to the mean of both tables",
            lambda r: agree(r, "one-another", (2,)),
            mixed(0.5),
            (2,),
            error=0.01,
        ),
        shape(
            "Models that learn from one another are wrong alike above chance",
            "abstract: 60 %, chance 1/3",
            lambda r: agree(r, "one-another", (T,)) - agree(r, "independent", (T,)),
            "above chance",
            above=0.05,
            at=(T,),
            differs=DIFFERS,
        ),
    )

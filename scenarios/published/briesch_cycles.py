"""Four data cycles on boolean expressions, in shape, with n-gram tables

Briesch et al. (2023): a model is trained on true boolean expressions and then on its own. With
fully synthetic data, correctness drops, comes back as the model repeats itself, and diversity goes
to nothing; slower where a tenth of the data are replaced at a time; least where earlier data are
kept or new ones added. Tables of the next token after three; ``expressions`` has networks.
"""

from functools import partial

from collapse import (
    Arm,
    Balanced,
    Expanding,
    Expressions,
    FunctionReward,
    Incremental,
    ItemDiversity,
    Judged,
    Replace,
    Scenario,
    ScoreOnly,
    Tempered,
    TokenTable,
)
from collapse.models.truths.boolean_parser import is_true
from collapse.scenario.published import comparison, shape

SIZES = {  # rows, generations, seeds, depth of an expression
    "quick": (150, 12, 40, 2),
    "laptop": (1000, 50, 32, 3),
}
COLD = 0.8  # temperature of the paper
CYCLES = {
    "full": Replace(),
    "incremental": Incremental(0.1),
    "balanced": Balanced(),
    "expanding": Expanding(0.9),
}


def scenario(size: str = "quick") -> Scenario:
    n, generations, seeds, depth = SIZES[size]
    truth = Expressions(depth=depth, answers=False)
    arms = {
        name: Arm(
            truth=truth,
            model=TokenTable.uniform(truth.vocab_size, truth.length, order=4),
            judge=ScoreOnly(FunctionReward(is_true)),
            regime=regime,
            sampler=Tempered(COLD),
            measures=(ItemDiversity(), Judged()),
            n=n,
            generations=generations,
        )
        for name, regime in CYCLES.items()
    }
    return comparison(
        arms,
        name="briesch-cycles",
        title=__doc__.split("\n")[0],
        source="Briesch et al. (2023)",
        paper="briesch2023",
        minutes={"quick": 0.4, "laptop": 3},
        headline=("reward_mean", "gini", "entropy"),
        seeds=seeds,
        show=truth.text,
        claims=claims(generations),
    )


def claims(last: int) -> tuple:
    differs = f"tables of the next token, not a transformer; {last} generations"
    claim = partial(shape, at=(last,), differs=differs)

    def right(record, arm, at):
        return record["curves"][f"{arm}/reward_mean"][:, [at]].astype(float)

    def kept(record, arm):
        """(S, 1) entropy of the last expressions over that of the truth's."""
        curve = record["curves"][f"{arm}/entropy"].astype(float)
        return curve[:, [last]] / curve[:, [0]]

    def order(name, printed, less, more, **fields):
        return claim(
            name,
            f"fig. on diversity: {printed}",
            lambda r: kept(r, more) - kept(r, less),
            printed,
            above=0.0,
            **fields,
        )

    return (
        claim(
            "The first model writes wrong expressions",
            "correctness drops by about 20 % at generation 1",
            lambda r: 1 - right(r, "full", 1),
            "about 20 % wrong",
            above=0.1,
        ),
        claim(
            "Full synthetic: correctness comes back",
            "all true by generation 6",
            lambda r: right(r, "full", last) - right(r, "full", 1),
            "rises to all true",
            above=0.0,
        ),
        claim(
            "Full synthetic: diversity is lost",
            "one point by generation 39",
            lambda r: kept(r, "full"),
            "lost",
            below=0.3,
        ),
        order(
            "A tenth replaced at a time: less is lost", "-68 % against all", "full", "incremental"
        ),
        order(
            "Balanced: less still",
            "-30 % against -68 %, at 50 generations",
            "incremental",
            "balanced",
            size="laptop",  # a tenth at a time has hardly begun after a dozen generations
        ),
        order("Expanding: least of all", "-22 % against -30 %", "balanced", "expanding"),
    )

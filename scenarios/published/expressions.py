"""Boolean expressions by a model that learns from its own, with their value as a free verifier

After Briesch et al. (2023): a network is trained on random expressions that are True, writes its
own, and is trained on those. The language itself says which of them are right. A verifier that lets
only right ones through makes the model ever more correct, and ever less diverse; so does the loop
alone, more slowly, and where a tenth of the training set is replaced at a time, hardly at all.
"""

from functools import partial

from collapse import (
    Arm,
    Expressions,
    FunctionReward,
    Incremental,
    ItemDiversity,
    Judged,
    MaximumLikelihood,
    Replace,
    Scenario,
    ScoreOnly,
    Tempered,
    Threshold,
    TrainingLoss,
    Wording,
)
from collapse.models.truths.boolean_parser import is_true
from collapse.scenario.claims import Claim
from collapse.scenario.published import comparison, gain, in_every_seed
from collapse.scenario.text_arms import writer

SOURCE = "Briesch et al. (2023)"
TEMPERATURE = 0.8
NEW = 0.1  # share of the training set that is replaced each generation
DIFFERS = "a small transformer, short expressions, few generations"
MINUTES = {"laptop": 4, "paper": 600}  # the last on an accelerator, an estimate
SIZES = {  # rows a generation, generations, seeds, steps of a fit, depth of an expression
    "quick": {"n": 300, "generations": 5, "seeds": 2, "steps": 240, "depth": 2},
    "laptop": {"n": 600, "generations": 6, "seeds": 3, "steps": 300, "depth": 2},
    "paper": {"n": 10_000, "generations": 50, "seeds": 4, "steps": 5000, "depth": 5},
}


def scenario(size: str = "quick") -> Scenario:
    given = SIZES[size]
    truth = Expressions(depth=given["depth"], answers=False)
    model = writer(size, truth.vocab_size, truth.length, 6, 384, steps=given["steps"])
    right = FunctionReward(is_true)

    def arm(judge, regime):
        return Arm(
            truth=truth,
            model=model,
            judge=judge,
            regime=regime,
            learner=MaximumLikelihood(),
            sampler=Tempered(TEMPERATURE),
            measures=(ItemDiversity(), Wording(truth.vocab_size), Judged(), TrainingLoss()),
            n=given["n"],
            generations=given["generations"],
        )

    arms = {
        "unjudged": arm(ScoreOnly(right), Replace()),
        "verified": arm(Threshold(right, at=0.5, expected=0.5), Replace()),
        "incremental": arm(ScoreOnly(right), Incremental(NEW)),
    }
    return comparison(
        arms,
        name="expressions",
        title="Boolean expressions by a model that learns from its own, with their value as a free "
        "verifier",
        source=SOURCE,
        headline=("reward_mean", "effective_number", "distinct_3", "share_kept"),
        paper="briesch2023",
        minutes=MINUTES,
        seeds=given["seeds"],
        show=truth.text,
        notes=(f"{truth.support_size:,} different true expressions; {truth.entropy():.2f} nats",),
        claims=claims(given["generations"]),
    )


def claims(last: int) -> tuple[Claim, ...]:
    every = partial(in_every_seed, source=SOURCE, last=last, differs=DIFFERS)

    def later_mean(record, arm):
        """(S,) share of right rows, over the generations that learned from a model."""
        return record["curves"][f"{arm}/reward_mean"][:, 2:].mean(1)

    return (
        every("Unjudged: correctness rises", lambda r: gain(r, "unjudged/reward_mean") > 0),
        every("Unjudged: diversity falls", lambda r: gain(r, "unjudged/entropy") < 0),
        every("Verified: correctness rises", lambda r: gain(r, "verified/reward_mean") > 0),
        every("Verified: diversity falls", lambda r: gain(r, "verified/entropy") < 0),
        every(
            "Verified: over all generations more is correct than unjudged",
            lambda r: later_mean(r, "verified") > later_mean(r, "unjudged"),
        ),
        every(
            "A tenth of the data replaced each time: diversity falls less",
            lambda r: gain(r, "incremental/entropy") > gain(r, "unjudged/entropy"),
        ),
    )

"""A small language model loses its jokes, with and without a judge

An n-gram model is trained on 1000 jokes, tells 1000 of its own, and is trained on those, twenty
times over. Without a judge it drifts; a judge that keeps the most typical fifth makes it tell the
same joke within a few generations; the same judge with a fifth of fresh human jokes every time
does not. The random fifth is the control: it costs as much and judges nothing.
"""

from collapse import (
    Arm,
    FreshMix,
    ItemDiversity,
    Judged,
    KeepAll,
    Likelihood,
    MaximumLikelihood,
    NGram,
    Perplexity,
    Plain,
    RandomFraction,
    Replace,
    Scenario,
    SupportCoverage,
    TailMass,
    TopFraction,
    Wording,
)
from collapse.judges.presets import stutters
from collapse.scenario.published import comparison, number, shape
from collapse.scenario.text_truth import text_truth

T, SOON = 20, 4  # generations; by when the judge has left one joke
DIFFERS = "bigrams and a joke grammar, not a language model"


def scenario(corpus=None) -> Scenario:
    text = text_truth(corpus)
    size = text.vocab_size
    measures = [
        ItemDiversity(),
        Wording(size),
        SupportCoverage(),
        Perplexity(text.held_out),
        Judged(),
    ]
    if corpus is None:
        measures.append(TailMass())

    def arm(judge, regime=None):
        return Arm(
            truth=text.truth,
            model=NGram(vocab_size=size, order=2),
            judge=judge,
            regime=regime or Replace(),
            learner=MaximumLikelihood(),
            sampler=Plain(),
            measures=tuple(measures),
            n=1000,
            generations=T,
        )

    typical = TopFraction(Likelihood(per="token"), fraction=0.2)
    return comparison(
        {
            "no-judge": arm(KeepAll()),
            "random-fifth": arm(RandomFraction(0.2)),
            "typical-fifth": arm(typical),
            "typical-fifth-fresh": arm(typical, FreshMix(0.2)),
        },
        name="jokes",
        title="A small language model loses its jokes, with and without a judge",
        source="the question of Karpathy (2025), why every model tells the same three jokes; the "
        "typicality judge of Zhang et al. (2025)",
        paper="karpathy2025",
        minutes={"quick": 1},
        labels={
            "no-judge": "no judge",
            "random-fifth": "random fifth kept",
            "typical-fifth": "most typical fifth kept",
            "typical-fifth-fresh": "the same, 20 % fresh real",
        },
        headline=(
            "effective_number",
            "entropy",
            "distinct_2",
            "top_3_mass",
            "support_coverage",
            "valid",
            "perplexity",
        ),
        seeds=16,
        **text.said,
        exploit=stutters,
        claims=claims(),
    )


def claims() -> tuple:
    """The four sentences of the README."""

    def jokes(record, arm, at=T):
        return record["curves"][f"{arm}/effective_number"][:, [at]].astype(float)

    said = {"at": (T,), "differs": DIFFERS}
    return (
        shape(
            "Jokes left without a judge, of the real ones",
            "README: left alone it drifts slowly",
            lambda r: jokes(r, "no-judge") / jokes(r, "no-judge", 0),
            "slowly",
            above=0.5,
            **said,
        ),
        shape(
            "Jokes left by a judge of typicality in generation 4",
            "README: one single joke by generation 4",
            lambda r: jokes(r, "typical-fifth", SOON),
            "one",
            below=1.05,
            **said | {"at": (SOON,)},
        ),
        shape(
            "Jokes left by that judge with a fifth of fresh ones",
            "README: fresh human jokes keep about six alive",
            lambda r: jokes(r, "typical-fifth-fresh"),
            "about six",
            above=4.0,
            **said,
        ),
        number(
            "Candidates a random fifth costs, relative to the judge",
            "README: costs as much as the judge",
            lambda r: (
                r["curves"]["typical-fifth/share_kept"][:, [T]]
                / r["curves"]["random-fifth/share_kept"][:, [T]]
            ),
            1.0,
            (T,),
            error=0.01,
        ),
        shape(
            "Jokes left by a random fifth, relative to no judge",
            "README: loses no more than no judge at all",
            lambda r: jokes(r, "random-fifth") / jokes(r, "no-judge").mean(),
            "no more is lost, within a tenth",
            above=0.9,
            **said,
        ),
    )

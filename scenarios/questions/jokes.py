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
from collapse.scenario.text_truth import text_truth


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
            generations=20,
        )

    typical = TopFraction(Likelihood(per="token"), fraction=0.2)
    return Scenario(
        name="jokes",
        title="A small language model loses its jokes, with and without a judge",
        source="the question of Karpathy (2025), why every model tells the same three jokes; the "
        "typicality judge of Zhang et al. (2025)",
        arms={
            "no-judge": arm(KeepAll()),
            "random-fifth": arm(RandomFraction(0.2)),
            "typical-fifth": arm(typical),
            "typical-fifth-fresh": arm(typical, FreshMix(0.2)),
        },
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
    )

"""A small language model loses its jokes, with and without a judge

An n-gram model is trained on 1000 jokes, tells 1000 of its own, and is trained on those, twenty
times over. Without a judge it drifts; a judge that keeps the most typical fifth makes it tell the
same joke within a few generations; the same judge with a fifth of fresh human jokes every time
does not. The random fifth is the control: it costs as much and judges nothing.
"""

import jax
import jax.numpy as jnp

from collapse import (
    Arm,
    Coverage,
    Empirical,
    FreshMix,
    Grammar,
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
    TailMass,
    Tokenizer,
    TopFraction,
    Wording,
)
from collapse.core import real_batches
from collapse.data.jokes import joke_templates
from collapse.judges.pairs import stutters
from collapse.trees import seed_keys

HELD_OUT = 500  # real jokes that no model is trained on


def scenario(corpus=None) -> Scenario:
    truth, held_out, tokenizer, notes, data = from_grammar() if corpus is None else of(corpus)
    size = tokenizer.size
    measures = [ItemDiversity(), Wording(size), Coverage(), Perplexity(held_out), Judged()]
    if corpus is None:
        measures.append(TailMass())

    def arm(judge, regime=None):
        return Arm(
            truth=truth,
            model=NGram(size=size, order=2),
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
        headline=(
            "effective_number",
            "entropy",
            "distinct_2",
            "top_3_mass",
            "coverage",
            "valid",
            "perplexity",
        ),
        seeds=16,
        show=lambda row: tokenizer.decode([int(token) for token in row]),
        notes=tuple(notes),
        data=data,
        exploit=stutters,
    )


def from_grammar():
    """The built-in truth: a grammar whose entropy and number of jokes are known exactly."""
    templates, vocabulary = joke_templates()
    number = {word: i for i, word in enumerate(vocabulary)}
    numbered = [
        (weight, [{number[word]: w for word, w in slot.items()} for slot in slots])
        for weight, slots in templates
    ]
    truth = Grammar.of(numbered, len(vocabulary))
    key = seed_keys(jax.random.key(1_000_003), [0])
    held_out = real_batches(truth, Plain(), 1000, key).rows[0, :HELD_OUT]
    note = (
        f"built-in joke grammar: {int(truth.support_size):,} different jokes, "
        f"entropy {truth.entropy():.3f} nats"
    )
    data = {"source": "built-in joke grammar", "entropy": truth.entropy()}
    return truth, held_out, Tokenizer("word", vocabulary), [note], data


def of(corpus):
    """A user's corpus: nine tenths are the truth, one tenth is held out."""
    rows, held_out = corpus.split(share=0.1)
    truth = Empirical.of(rows, corpus.tokenizer.size)
    facts = corpus.facts
    note = (
        f"{corpus.source}: {facts['items']:,} items, {facts['distinct']:,} different, "
        f"{facts['tokens']:,} tokens, {facts['types']:,} types, {len(held_out):,} held out, "
        f"cut at {facts['length']} tokens ({facts['cut']:,} items)"
    )
    data = {"source": corpus.source, "name": corpus.name, **facts}
    held = jnp.asarray(held_out[:HELD_OUT])
    return truth, held, corpus.tokenizer, [note, *corpus.guesses], data

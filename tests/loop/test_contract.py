"""Pairs of built-in parts: they run and keep the invariants, or are refused in a sentence.

A covering array of some 600 combinations of judges, rewards, models, samplers, learners and regimes
in which every pair that fits meets at least once, for three generations of few items. Each takes
seconds, most of them the compiler's, so that the suite takes every thirtieth combination;
``COLLAPSE_CONTRACT=full pytest tests/loop/test_contract.py`` takes them all (an hour
and a half on one core).
"""

import itertools
import os
import random

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.judges.presets import stutters
from collapse.loop.generation import advance
from collapse.loop.prepare import explained, prepare
from collapse.loop.start import begin
from collapse.models.text.answers import spelt
from collapse.numerics.pytree import replace, seed_keys
from collapse.regimes.base import Regime
from collapse.scenario.registry import load, parts

N, LAST, K = 24, 3, 8
FULL = os.environ.get("COLLAPSE_CONTRACT") == "full"
FACTORS = ("judge", "reward", "model", "sampler", "learner", "regime")


def models() -> dict:
    p = np.arange(1.0, K + 1) / np.arange(1.0, K + 1).sum()
    table = np.stack([p, p[::-1]])
    spelling = spelt(2, K, 6, (3, 4), 0)
    rows = np.array([[1, 2, 0], [2, 1, 0], [1, 1, 2], [2, 2, 0]], np.int32)
    return {
        "categorical": c.Categorical(p),
        "conditional": c.Conditional(table, [0.5, 0.5]),
        "bigram": c.hutter_bigram(4, 1.0),
        "answers": c.Answers(table, [0.5, 0.5], table[::-1], 0.02, spelling),
        "ngram": (c.Empirical.of(rows, 3), c.NGram(3)),
        "token-table": c.TokenTable.uniform(3, 3),
        "empirical": c.Empirical.of(rows, 3),
        "grammar": (c.Grammar.of([(1.0, [{1: 0.5, 2: 0.5}, {1: 1.0}])], 3), c.NGram(3)),
        "gaussian": c.Gaussian(np.zeros(2), np.eye(2)),
        "gaussian-mixture": c.GaussianMixture(
            [0.5, 0.5], [[-1.0, 0.0], [1.0, 0.0]], np.stack([np.eye(2)] * 2)
        ),
        "kde": (c.Gaussian(np.zeros(2), np.eye(2)), c.KDE()),
        "bernoulli": c.Bernoulli(0.4),
        "poisson": c.Poisson(2.0),
    }


def steps(items):
    return (items > 1) * 1.0


def rewards() -> dict:
    made = {
        "table": c.TableReward(np.arange(K)),
        "distance": c.Distance(np.zeros(2)),
        "unlikeliness": c.Unlikeliness(c.Likelihood()),
        "noise": c.Noise(c.Likelihood(), sd=0.5),
        "scaled": c.Scaled(c.Likelihood(), by=2.0),
        "typicality": c.Typicality(c.Likelihood()),
        "verbosity": c.Verbosity(c.Likelihood()),
        "position": c.Position(c.Likelihood()),
        "self-preference": c.SelfPreference(c.Likelihood()),
        "format": c.Format(c.Likelihood(), function=stutters),
        "exploit": c.Exploit(c.Likelihood(), on=np.arange(K) == 0),
        "flipped": c.Flipped(c.Likelihood()),
        "drift": c.Drift(c.Likelihood(), towards=c.Likelihood("item")),
        "swap-averaged": c.SwapAveraged(c.Likelihood()),
        "function": c.FunctionReward(lambda items: items.reshape(len(items), -1)[:, 0] * 1.0),
        "panel": c.Panel((c.Likelihood(), c.Likelihood("item")), sd=0.1),
    }
    made |= {
        "confidence": c.Confidence(np.array([[0.0, 0.0], [1.0, 1.0]])),
        "similarity": c.Similarity(embed=lambda items: jax.nn.one_hot(items, K), width=K),
        "steps": c.Steps(steps),
    }
    return {
        p.name: made.get(p.name) or load(p.where)()
        for p in parts()
        if p.kind == "reward" and p.name not in ("external", "peers")  # of populations
    }


def judges() -> dict:
    made = {
        "k-choice": c.Choice(k=2),
        "bernoulli-keep": c.BernoulliKeep(np.linspace(0.2, 0.9, K)),
        "pluralist": c.Pluralist((c.Choice(k=2), c.Choice(strength=-1.0, k=2))),
        "switch": c.Switch((c.TopFraction(), c.RandomFraction()), starts=(0, 2)),
    }
    one_hot = lambda items: jax.nn.one_hot(items, K)  # noqa: E731
    made |= {
        "novelty": c.Novelty(embed=one_hot, width=K, size=16, k=3, added=4),
        "map-elites": c.MapElites(cell=lambda items: items % 2, cells=2),
        "learned": c.Learned(features=one_hot, width=K),
    }
    own = [p for p in parts() if p.kind == "judge" and isinstance(load(p.where), type)]
    own = [p for p in own if p.name != "step-labels"]  # it takes no reward but Steps
    return {p.name: made.get(p.name) or load(p.where)() for p in own}  # the rest: pairs of these


def samplers() -> dict:
    return {
        "plain": c.Plain(),
        "tempered": c.Tempered(0.8),
        "top-k": c.TopK(k=2),
        "top-p": c.TopP(p=0.9),
        "covariance-scale": c.CovarianceScale(0.9),
        "power": c.Power(2.0, block=2, steps=2),
        "beam": c.Beam(2),
        "penalised": c.Penalised(1.5),
        "support": c.Support(),
        "corrupted": c.Corrupted(0.1),
        "recombined": c.Recombined(),
    }


def learners() -> dict:
    made = {"preference": c.Preference(steps=2), "grpo": c.GRPO(kl_coef=0.1, steps=2)}
    made["process"] = c.ProcessGradient(function=steps, baseline="others")
    # Pretraining is for networks, which meet the other parts in tests/networks.
    own = [p for p in parts() if p.kind == "learner" and p.name != "pretrained"]
    return {p.name: made.get(p.name) or load(p.where)() for p in own}


def regimes() -> dict:
    made = {"weighted-fresh-mix": c.WeightedFreshMix(0.25)}
    made["dreams"] = c.Dreams(0.25, sampler=c.Plain())
    populations = ("islands", "population-selection")
    own = [p for p in parts() if p.kind == "regime" and p.name not in populations]
    found = {p.name: made.get(p.name) or load(p.where)() for p in own}
    return {name: regime for name, regime in found.items() if isinstance(regime, Regime)}


PARTS_BY = dict(
    zip(FACTORS, (judges(), rewards(), models(), samplers(), learners(), regimes()), strict=True)
)


def arm_of(names: dict) -> c.Arm:
    part = {factor: PARTS_BY[factor][name] for factor, name in names.items()}
    truth, model = part["model"] if isinstance(part["model"], tuple) else (part["model"],) * 2
    judge, reward = part["judge"], part["reward"]
    if hasattr(judge, "reward"):
        judge = replace(judge, reward=reward)
    elif hasattr(judge, "judges"):
        own = tuple(replace(j, reward=reward) if hasattr(j, "reward") else j for j in judge.judges)
        judge = replace(judge, judges=own)
    elif hasattr(judge, "teacher"):
        judge = replace(judge, teacher=reward)
    grouped = getattr(part["learner"], "baseline", "none") in ("others", "standardised")
    items = part["sampler"].kind == "items"
    return c.Arm(
        truth=truth,
        model=model,
        judge=judge,
        regime=part["regime"],
        learner=part["learner"],
        sampler=part["sampler"],
        measures=(c.Judged(),),
        n=N,
        generations=LAST,
        group=4 if grouped and items and int(judge.group) == 1 else None,
        keep_reference=True,
    )


def look(names: dict) -> str:
    """ "runs" after three generations that keep the invariants, or why it was refused."""
    try:
        arm = prepare(arm_of(names), checked=False)
        with explained(arm):
            three_generations(arm)
    except c.UserError as mistake:
        return str(mistake.sentences[0])
    except Exception as error:
        raise AssertionError(f"{names}: {type(error).__name__}: {error}") from error
    return "runs"


def three_generations(arm) -> None:
    keys = seed_keys(jax.random.key(0), [0])
    start, _ = begin(arm, keys)
    state, record = advance(arm, start, keys, jnp.int32(1), jnp.int32(LAST))
    assert jax.tree.structure(state) == jax.tree.structure(start), "structure"
    for old, new in zip(jax.tree.leaves(start), jax.tree.leaves(state), strict=True):
        assert (old.shape, old.dtype) == (new.shape, new.dtype), "shapes and types"
    weight = np.asarray(state.pool.weight)
    assert ((weight >= 0) & (weight <= 1)).all(), "weights in [0, 1]"
    assert np.isfinite(np.asarray(state.pool.mass)).all(), "masses"
    assert not np.asarray(record["health"]["bad"])[:LAST].any(), "NaN from the judge"
    floats = [x for x in jax.tree.leaves(state.model) if jnp.issubdtype(x.dtype, jnp.floating)]
    assert not any(np.isnan(np.asarray(x)).any() for x in floats), "NaN in the model"


# What cannot be, and is refused: by the kind of item, and by what a part needs.
KINDS = {
    "outcomes": ("categorical",),
    "pairs": ("conditional", "bigram"),
    "tokens": ("answers", "ngram", "token-table", "empirical", "grammar"),
    "points": ("gaussian", "gaussian-mixture", "kde"),
    "numbers": ("bernoulli", "poisson"),
}
KIND = {model: kind for kind, models in KINDS.items() for model in models}
ONLY = {  # parts that know one kind of item
    "table": ("outcomes",),
    "exploit": ("outcomes",),
    "similarity": ("outcomes",),
    "bernoulli-keep": ("outcomes",),
    "novelty": ("outcomes",),
    "learned": ("outcomes",),
    "map-elites": ("outcomes",),
    "shared-reward": ("outcomes", "pairs", "tokens", "numbers"),
    "length": ("pairs", "tokens"),
    "verbosity": ("pairs", "tokens"),
    "steps": ("pairs", "tokens"),
    "distance": ("points",),
    "confidence": ("points",),
    "covariance-scale": ("points",),
    "corrupted": ("outcomes", "points"),
    "recombined": ("points",),
}
FINITE = ("categorical", "conditional", "bigram", "answers", "token-table")
TOKENS = (*FINITE, "ngram")
GRADIENTS = ("reinforce", "grpo", "preference", "extrapolated", "truncated")
FROM_REWARDS = ("reward-weighted", "reinforce", "grpo", "process")
STALE = ("accumulate", "accumulate-subsample", "balanced", "incremental", "expanding", "web")
OWN_ROWS = ("past-mixture", "multi-model", "completions")  # regimes that draw their rows themselves
CHANCE = ("noise", "position", "flipped", "panel")  # rewards that differ between equal items


def clash(names: dict) -> bool:
    """Whether the parts cannot be together."""
    judge, reward, model = names["judge"], names["reward"], names["model"]
    sampler, learner, regime = names["sampler"], names["learner"], names["regime"]
    if any(KIND[model] not in ONLY[part] for part in (judge, reward, sampler) if part in ONLY):
        return True
    exact = sampler == "support"
    wrong = [
        sampler in ("tempered", "top-k", "top-p") and model not in TOKENS,
        sampler == "covariance-scale" and model != "gaussian",
        sampler in ("power", "beam", "penalised") and model != "token-table",
        exact and model not in FINITE,
        exact and (reward in CHANCE or judge in ("mmr", "dpp", "novelty")),
        exact and regime in (*STALE, *OWN_ROWS, "dreams") and regime not in ("accumulate", "web"),
        regime == "completions" and (model != "token-table" or sampler in ("power", "beam")),
        learner in GRADIENTS and model not in FINITE,
        learner == "process" and model != "token-table",
        learner == "preference" and (judge not in ("k-choice", "pluralist") or exact),
        learner in FROM_REWARDS and sampler not in ("plain", "support"),
        learner in FROM_REWARDS and regime in STALE + OWN_ROWS,
        learner in FROM_REWARDS and exact and regime != "replace",
        learner == "prior-weighted" and model not in (*FINITE, "ngram", "grammar"),
        learner == "behind-detector" and exact,
        regime in OWN_ROWS and judge != "keep-all",
        regime == "fill-hardest" and model not in ("conditional", "bigram", "answers"),
    ]
    return any(wrong)


def pairs_of(names: dict) -> set:
    return set(itertools.combinations(sorted(names.items()), 2))


def rows() -> tuple[list[dict], set]:
    """Combinations of parts that fit, in which every pair that can meets; and those that cannot.

    Greedy: the next combination starts from a pair that is missing, and takes for every other part
    the one that brings most missing pairs.
    """
    rng, every, never, chosen = random.Random(0), set(), set(), []
    for one, two in itertools.combinations(FACTORS, 2):
        for a, b in itertools.product(PARTS_BY[one], PARTS_BY[two]):
            every.add(tuple(sorted([(one, a), (two, b)])))
    missing = set(every)
    for pair in sorted(every):
        if pair not in missing:
            continue
        row = completed(dict(pair), missing, rng)
        if row is None:
            never.add(pair)
            missing.discard(pair)
        else:
            chosen.append(row)
            missing -= pairs_of(row)
    met = set().union(*map(pairs_of, chosen))
    return chosen, never - met  # one that was given up may be met later, by chance


def completed(row: dict, missing: set, rng, tries: int = 60) -> dict | None:
    """The row with parts that fit for what it lacks, or None if none were found."""
    best, most = None, -1
    free = [factor for factor in FACTORS if factor not in row]
    usual = {"learner": "maximum-likelihood", "regime": "replace", "sampler": "plain"}
    usual |= {"reward": "likelihood", "judge": "score-only"}
    for attempt in range(tries * 40):
        full = row | {factor: rng.choice(list(PARTS_BY[factor])) for factor in free}
        if attempt % 2:  # every other time with parts that fit almost anything
            full |= {f: usual[f] for f in free if f in usual and rng.random() < 0.5}
        if clash(full):
            continue
        new = len(pairs_of(full) & missing)
        if new > most:
            best, most = full, new
        if attempt > tries:
            break
    return best


@pytest.mark.slow
def test_every_pair_that_fits_runs():
    """And keeps the invariants, whatever else it is with."""
    chosen, never = rows()
    met = set().union(*map(pairs_of, chosen))
    count = sum(len(PARTS_BY[a]) * len(PARTS_BY[b]) for a, b in itertools.combinations(FACTORS, 2))
    assert len(met) + len(never) == count
    said = {}
    for i, row in enumerate(chosen[:: 1 if FULL else 30]):
        said[tuple(row.items())] = look(row)
        if i % 25 == 24:
            jax.clear_caches()  # a process may have so many memory maps: see conftest
    refused = {row: text for row, text in said.items() if text != "runs"}
    assert not refused, refused


@pytest.mark.slow
def test_other_pairs_run_or_are_refused_in_a_sentence():
    """Never an error of another kind: ``look`` raises it."""
    rng = random.Random(2)
    usual = {"judge": "top-fraction", "reward": "likelihood", "model": "categorical"}
    usual |= {"sampler": "plain", "learner": "maximum-likelihood", "regime": "replace"}
    _, never = rows()
    said = [look(usual | dict(pair)) for pair in rng.sample(sorted(never), 200 if FULL else 12)]
    assert any(text != "runs" for text in said)
    assert all(text == "runs" or len(text) > 20 for text in said)

"""Every part a user can name on the command line, listed without importing any of them."""

import importlib
from typing import Any, NamedTuple

from collapse.errors import Mistake
from collapse.names import unknown


class Part(NamedTuple):
    kind: str
    name: str
    where: str  # module:Class
    about: str


PARTS = [
    Part("model", "gaussian", "collapse.models.gaussian:Gaussian", "d dimensions, full covariance"),
    Part("model", "categorical", "collapse.models.categorical:Categorical", "K outcomes"),
    Part("model", "ngram", "collapse.models.ngram:NGram", "token sequences, order 1 to 4"),
    Part("model", "empirical", "collapse.models.empirical:Empirical", "a corpus, as it is"),
    Part("model", "grammar", "collapse.models.grammar:Grammar", "finite, exactly known"),
    Part("sampler", "plain", "collapse.samplers.base:Plain", "the model as it is"),
    Part("sampler", "tempered", "collapse.samplers.base:Tempered", "temperature"),
    Part("sampler", "top-k", "collapse.samplers.base:TopK", "the k likeliest next tokens"),
    Part("sampler", "top-p", "collapse.samplers.base:TopP", "the likeliest share p of next tokens"),
    Part("reward", "likelihood", "collapse.rewards.base:Likelihood", "log-probability, per token"),
    Part("reward", "length", "collapse.rewards.base:Length", "tokens in the item"),
    Part("reward", "noise", "collapse.rewards.base:Noise", "another reward plus Gaussian noise"),
    Part("judge", "keep-all", "collapse.judges.policies:KeepAll", "no judge"),
    Part("judge", "random-fraction", "collapse.judges.policies:RandomFraction", "a random share"),
    Part("judge", "threshold", "collapse.judges.policies:Threshold", "reward at least `at`"),
    Part("judge", "top-fraction", "collapse.judges.policies:TopFraction", "the best share"),
    Part("judge", "best-of-k", "collapse.judges.policies:BestOf", "the best of every k"),
    Part("judge", "k-choice", "collapse.judges.policies:Choice", "one of k, Plackett-Luce"),
    Part("judge", "switch", "collapse.judges.policies:Switch", "other judges from given generations"),
    Part("learner", "maximum-likelihood", "collapse.learners.likelihood:MaximumLikelihood", "refit"),
    Part("regime", "replace", "collapse.regimes:Replace", "the last generation alone"),
    Part("regime", "accumulate", "collapse.regimes:Accumulate", "everything so far"),
    Part(
        "regime",
        "accumulate-subsample",
        "collapse.regimes:AccumulateSubsample",
        "n rows of everything so far",
    ),
    Part("regime", "fixed-real-mix", "collapse.regimes:FixedRealMix", "the same real rows each time"),
    Part("regime", "fresh-mix", "collapse.regimes:FreshMix", "new real rows each time"),
    Part("regime", "real-keep", "collapse.regimes:RealKeep", "a random share of the real rows"),
    Part("measure", "item-diversity", "collapse.measures.entropy:ItemDiversity", "effective number"),
    Part("measure", "model-diversity", "collapse.measures.entropy:ModelDiversity", "of p itself"),
    Part("measure", "wording", "collapse.measures.lexical:Wording", "distinct-n, n-gram entropy"),
    Part("measure", "coverage", "collapse.measures.fidelity:Coverage", "of the truth's support"),
    Part("measure", "tail-mass", "collapse.measures.fidelity:TailMass", "output in the truth's tail"),
    Part("measure", "divergence", "collapse.measures.fidelity:Divergence", "KL, both directions"),
    Part("measure", "total-variation", "collapse.measures.fidelity:TotalVariation", "half L1"),
    Part("measure", "wasserstein", "collapse.measures.fidelity:Wasserstein", "W2 of Gaussians"),
    Part("measure", "moments", "collapse.measures.fidelity:Moments", "mean shift, variance"),
    Part("measure", "perplexity", "collapse.measures.fidelity:Perplexity", "held-out real rows"),
    Part("measure", "judged", "collapse.measures.reward:Judged", "reward, share kept, sample size"),
]
KINDS = list(dict.fromkeys(part.kind for part in PARTS))


def load(where: str) -> Any:
    module, name = where.split(":")
    return getattr(importlib.import_module(module), name)


def part_named(kind: str, name: str) -> Any:
    """A part with its default settings, by its listed name."""
    known = {part.name: part for part in PARTS if part.kind == kind}
    name = name.replace("_", "-")
    if name not in known:
        raise Mistake(unknown(kind, name, list(known)))
    try:
        return load(known[name].where)()
    except TypeError:
        raise Mistake(
            f"The {kind} {name} cannot be named alone, as it needs settings of its own: "
            "write a scenario file that builds it."
        ) from None

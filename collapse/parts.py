"""Every part a user can name on the command line, listed without importing any of them."""

import importlib
from typing import Any, NamedTuple

from collapse.errors import Mistake
from collapse.names import unknown


class Part(NamedTuple):
    kind: str
    name: str
    where: str  # module:Class, inside the package
    about: str


PARTS = [
    Part("model", "gaussian", "models.gaussian:Gaussian", "d dimensions, full covariance"),
    Part("model", "categorical", "models.categorical:Categorical", "K outcomes"),
    Part("model", "ngram", "models.ngram:NGram", "token sequences, order 1 to 4"),
    Part("model", "empirical", "models.empirical:Empirical", "a corpus, as it is"),
    Part("model", "grammar", "models.grammar:Grammar", "finite, exactly known"),
    Part("sampler", "plain", "samplers.base:Plain", "the model as it is"),
    Part("sampler", "tempered", "samplers.base:Tempered", "temperature"),
    Part("sampler", "top-k", "samplers.base:TopK", "the k likeliest next tokens"),
    Part("sampler", "top-p", "samplers.base:TopP", "the likeliest share p of next tokens"),
    Part("reward", "likelihood", "rewards.base:Likelihood", "log-probability, per token"),
    Part("reward", "length", "rewards.base:Length", "tokens in the item"),
    Part("reward", "noise", "rewards.base:Noise", "another reward plus Gaussian noise"),
    Part("judge", "keep-all", "judges.policies:KeepAll", "no judge"),
    Part("judge", "random-fraction", "judges.policies:RandomFraction", "a random share"),
    Part("judge", "threshold", "judges.policies:Threshold", "reward at least `at`"),
    Part("judge", "top-fraction", "judges.policies:TopFraction", "the best share"),
    Part("judge", "best-of-k", "judges.policies:BestOf", "the best of every k"),
    Part("judge", "k-choice", "judges.policies:Choice", "one of k, Plackett-Luce"),
    Part("judge", "switch", "judges.policies:Switch", "other judges from given generations"),
    Part("learner", "maximum-likelihood", "learners.likelihood:MaximumLikelihood", "refit"),
    Part("regime", "replace", "regimes:Replace", "the last generation alone"),
    Part("regime", "accumulate", "regimes:Accumulate", "everything so far"),
    Part(
        "regime",
        "accumulate-subsample",
        "regimes:AccumulateSubsample",
        "n rows of everything so far",
    ),
    Part("regime", "fixed-real-mix", "regimes:FixedRealMix", "the same real rows each time"),
    Part("regime", "fresh-mix", "regimes:FreshMix", "new real rows each time"),
    Part("regime", "real-keep", "regimes:RealKeep", "a random share of the real rows"),
    Part("measure", "item-diversity", "measures.entropy:ItemDiversity", "effective number"),
    Part("measure", "model-diversity", "measures.entropy:ModelDiversity", "of p itself"),
    Part("measure", "wording", "measures.lexical:Wording", "distinct-n, n-gram entropy"),
    Part("measure", "coverage", "measures.fidelity:Coverage", "of the truth's support"),
    Part("measure", "tail-mass", "measures.fidelity:TailMass", "output in the truth's tail"),
    Part("measure", "divergence", "measures.fidelity:Divergence", "KL, both directions"),
    Part("measure", "total-variation", "measures.fidelity:TotalVariation", "half L1"),
    Part("measure", "wasserstein", "measures.fidelity:Wasserstein", "W2 of Gaussians"),
    Part("measure", "moments", "measures.fidelity:Moments", "mean shift, variance"),
    Part("measure", "perplexity", "measures.fidelity:Perplexity", "held-out real rows"),
    Part("measure", "judged", "measures.reward:Judged", "reward, share kept, sample size"),
]
KINDS = list(dict.fromkeys(part.kind for part in PARTS))


def load(where: str) -> Any:
    """The class of a part."""
    module, name = where.split(":")
    return getattr(importlib.import_module(f"collapse.{module}"), name)


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

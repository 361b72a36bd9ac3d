"""Every part a user can name on the command line, listed without importing any of them."""

import importlib
import importlib.metadata
import inspect
from typing import Any, NamedTuple

from collapse.errors import Mistake
from collapse.names import unknown


class Part(NamedTuple):
    kind: str
    name: str
    where: str  # module:Class, inside the package
    about: str


PARTS = [
    Part("model", "bernoulli", "models.bernoulli:Bernoulli", "yes or no"),
    Part("model", "poisson", "models.poisson:Poisson", "counts"),
    Part("model", "gaussian", "models.gaussian:Gaussian", "d dimensions, full or diagonal"),
    Part("model", "gaussian-mixture", "models.mixture:GaussianMixture", "fitted by EM"),
    Part("model", "kde", "models.kde:KDE", "kernel density, Gaussian or top-hat"),
    Part(
        "model", "linear-regression", "models.regression:LinearRegression", "least squares, ridge"
    ),
    Part("model", "logistic-regression", "models.logistic:LogisticRegression", "labels of points"),
    Part("model", "categorical", "models.categorical:Categorical", "K outcomes"),
    Part("model", "conditional", "models.conditional:Conditional", "answers to prompts"),
    Part("model", "answers", "models.answers:Answers", "answers in words, with slips"),
    Part("model", "bigram", "models.bigram:Bigram", "next outcome given one, as a table"),
    Part("model", "ngram", "models.ngram:NGram", "token sequences, order 1 to 4"),
    Part("model", "token-table", "models.token_table:TokenTable", "n-gram with parameters"),
    Part("model", "empirical", "models.empirical:Empirical", "a corpus, as it is"),
    Part("model", "grammar", "models.grammar:Grammar", "finite, exactly known"),
    Part("sampler", "plain", "samplers.base:Plain", "the model as it is"),
    Part("model", "population", "models.population:Population", "several models side by side"),
    Part("model", "sources", "models.population:Sources", "truth: public and private sources"),
    Part("model", "two-moons", "models.shapes:TwoMoons", "truth in the plane"),
    Part("model", "circles", "models.shapes:Circles", "truth in the plane"),
    Part("model", "swiss-roll", "models.shapes:SwissRoll", "truth in space, or flat"),
    Part("model", "perceptron", "models.logistic:Perceptron", "labels of points, a network"),
    Part("model", "gru", "models.gru:GRU", "text, a recurrent network"),
    Part("model", "transformer", "models.transformer:Transformer", "text, with attention"),
    Part("model", "coupling-flow", "models.coupling:CouplingFlow", "points, exact density"),
    Part("model", "vae", "models.vae:VAE", "images or points from few latents"),
    Part("model", "flow-matching", "models.diffusion:FlowMatching", "points, images; straight"),
    Part("model", "ddpm", "models.diffusion:DDPM", "the same, step by step from noise"),
    Part("model", "student-t", "models.shapes:StudentT", "truth with heavy tails"),
    Part("model", "glyphs", "models.glyphs:Glyphs", "truth of small images, factors known"),
    Part("model", "expressions", "models.expressions:Expressions", "truth that checks itself"),
    Part("sampler", "narrowed", "samplers.base:Narrowed", "covariance times a factor"),
    Part("sampler", "statistic", "samplers.base:Statistic", "sufficient statistics, no items"),
    Part("sampler", "support", "samplers.base:Support", "exact: all outcomes"),
    Part("sampler", "tempered", "samplers.base:Tempered", "temperature"),
    Part("sampler", "top-k", "samplers.base:TopK", "the k likeliest next tokens"),
    Part("sampler", "top-p", "samplers.base:TopP", "the likeliest share p of next tokens"),
    Part("sampler", "power", "samplers.power:Power", "whole rows to the power alpha, by a chain"),
    Part("sampler", "beam", "samplers.beam:Beam", "the likeliest continuation of an opening"),
    Part("sampler", "penalised", "samplers.penalised:Penalised", "repetition held down"),
    Part("reward", "likelihood", "rewards.base:Likelihood", "log-probability, per token"),
    Part("reward", "length", "rewards.base:Length", "tokens in the item"),
    Part("reward", "ratio", "rewards.base:Ratio", "log-probability, reference minus model"),
    Part("reward", "table", "rewards.base:TableReward", "a number for each outcome"),
    Part("reward", "valid", "rewards.base:Valid", "1 for what the truth can say"),
    Part("reward", "distance", "rewards.base:Distance", "how near a target, clipped"),
    Part("reward", "scaled", "rewards.base:Scaled", "another times a number"),
    Part("reward", "confidence", "rewards.features:Confidence", "how sure a classifier is"),
    Part("reward", "similarity", "rewards.features:Similarity", "cosine with a target or others"),
    Part("reward", "steps", "rewards.features:Steps", "of each step: product, first error, ..."),
    Part("reward", "noise", "rewards.base:Noise", "another plus noise, Gaussian or heavy-tailed"),
    Part("reward", "typicality", "rewards.bias:Typicality", "another plus a log-probability"),
    Part("reward", "verbosity", "rewards.bias:Verbosity", "another plus so much a token"),
    Part("reward", "position", "rewards.bias:Position", "another plus a bonus for a place"),
    Part("reward", "self-preference", "rewards.bias:SelfPreference", "plus one for its family"),
    Part("reward", "format", "rewards.bias:Format", "another plus a bonus for a form"),
    Part("reward", "exploit", "rewards.bias:Exploit", "plus an unearned bonus, patched or not"),
    Part("reward", "flipped", "rewards.unsteady:Flipped", "the opposite of another, by chance"),
    Part("reward", "drift", "rewards.unsteady:Drift", "a taste that moves to another"),
    Part("reward", "swap-averaged", "rewards.unsteady:SwapAveraged", "the mean of both orders"),
    Part("reward", "outside", "rewards.outside:Outside", "a Python function of the texts"),
    Part("reward", "panel", "rewards.panel:Panel", "several: mean, median, min, vote, any"),
    Part("judge", "keep-all", "judges.policies:KeepAll", "no judge"),
    Part("judge", "rate", "judges.policies:Rate", "everything kept, rewards noted"),
    Part("judge", "random-fraction", "judges.policies:RandomFraction", "a random share"),
    Part("judge", "threshold", "judges.policies:Threshold", "reward at least `at`"),
    Part("judge", "top-fraction", "judges.policies:TopFraction", "the best share"),
    Part("judge", "best-of-k", "judges.policies:BestOf", "the best of every k"),
    Part("judge", "k-choice", "judges.policies:Choice", "one of k, Plackett-Luce"),
    Part("judge", "bernoulli-keep", "judges.keep:BernoulliKeep", "each outcome by its own chance"),
    Part("judge", "tilt", "judges.keep:Tilt", "weight exp(strength * reward)"),
    Part("judge", "pluralist", "judges.pluralist:Pluralist", "a judge drawn for each item"),
    Part(
        "judge",
        "noisy-verifier",
        "judges.keep:NoisyVerifier",
        "valid; right and wrong by chance",
    ),
    Part("judge", "typicality", "judges.pairs:typicality", "likelihood; the best fifth"),
    Part("judge", "noisy-typicality", "judges.pairs:noisy_typicality", "noise; the best fifth"),
    Part("judge", "length-biased", "judges.pairs:length_biased", "verbosity; the best fifth"),
    Part("judge", "exploit-prone", "judges.pairs:exploit_prone", "format, stutter; the best fifth"),
    Part("judge", "panel", "judges.pairs:panel", "panel of three; the best fifth"),
    Part("judge", "llm", "judges.pairs:llm", "an LLM over HTTP; the best fifth"),
    Part("judge", "mmr", "judges.diverse:MMR", "of every k the best that are unlike each other"),
    Part("judge", "dpp", "judges.diverse:DPP", "of every k a set by its determinant"),
    Part("judge", "crowded", "judges.diverse:Crowded", "reward over how many are the same"),
    Part("judge", "importance", "judges.pairs:importance", "ratio; back to the reference"),
    Part("judge", "detector", "judges.detector:Detector", "by how human an item looks"),
    Part("judge", "novelty", "judges.archive:Novelty", "what is far from all seen before"),
    Part("judge", "map-elites", "judges.archive:MapElites", "the best of every cell of a map"),
    Part("judge", "learned", "judges.learned:Learned", "a reward model refitted to labels"),
    Part("judge", "switch", "judges.policies:Switch", "other judges from given generations"),
    Part("learner", "maximum-likelihood", "learners.likelihood:MaximumLikelihood", "refit"),
    Part("learner", "fine-tune", "learners.likelihood:FineTune", "from the base or the last model"),
    Part(
        "learner", "pretrained", "learners.pretrained:Pretrained", "a network, trained once before"
    ),
    Part("learner", "reward-weighted", "learners.policy:RewardWeighted", "refit by e^reward"),
    Part("learner", "reinforce", "learners.policy:PolicyGradient", "policy gradient"),
    Part("learner", "grpo", "learners.policy:GRPO", "the same, standardised in groups"),
    Part("learner", "process", "learners.process:ProcessGradient", "a reward for every step"),
    Part("learner", "detected", "learners.detected:Detected", "another, behind a detector"),
    Part("learner", "preference", "learners.preference:Preference", "pairs: DPO, IPO"),
    Part("regime", "replace", "regimes:Replace", "the last generation alone"),
    Part("regime", "accumulate", "regimes:Accumulate", "everything so far"),
    Part(
        "regime",
        "accumulate-subsample",
        "regimes:AccumulateSubsample",
        "n rows of everything so far",
    ),
    Part("regime", "replace-multiple", "regimes:ReplaceMultiple", "t n rows of the last model"),
    Part("regime", "balanced", "regimes:Balanced", "equal parts of all generations"),
    Part("regime", "incremental", "regimes:Incremental", "a share replaced each time"),
    Part("regime", "expanding", "regimes:Expanding", "growing by synthetic and real rows"),
    Part("regime", "past-mixture", "regimes:PastMixture", "new rows from all past models"),
    Part("regime", "multi-model", "regimes:MultiModel", "what several models said, and real rows"),
    Part("regime", "fixed-real-mix", "regimes:FixedRealMix", "the same real rows each time"),
    Part("regime", "fresh-mix", "regimes:FreshMix", "new real rows each time"),
    Part("regime", "weighted-fresh-mix", "regimes:WeightedFreshMix", "the same, weighted"),
    Part(
        "regime",
        "fresh-mix-population",
        "regimes:FreshMixPopulation",
        "each row real by chance",
    ),
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
    Part(
        "measure",
        "held-out-log-density",
        "measures.fidelity:HeldOutLogDensity",
        "held-out real points",
    ),
    Part("measure", "mode-coverage", "measures.modes:ModeCoverage", "modes of a mixture found"),
    Part("measure", "mixture-distance", "measures.modes:MixtureDistance", "L2 of mixtures"),
    Part("measure", "spread", "measures.modes:Spread", "covariance over the truth's"),
    Part("measure", "precision-recall", "measures.neighbours:PrecisionRecall", "k-NN balls"),
    Part("measure", "latent-spread", "measures.latent:LatentSpread", "seen by the first encoder"),
    Part("measure", "missing-mass", "measures.tails:MissingMass", "probability that was lost"),
    Part(
        "measure",
        "conditional-variation",
        "measures.tails:ConditionalVariation",
        "total variation of a bigram's rows",
    ),
    Part("measure", "survival", "measures.tails:Survival", "whether a parameter is above 0"),
    Part("measure", "squared-error", "measures.tails:SquaredError", "|p - truth|^2"),
    Part("measure", "excess-risk", "measures.risk:ExcessRisk", "of a regression"),
    Part("measure", "downstream-ridge", "measures.risk:DownstreamRidge", "ridge on its labels"),
    Part("measure", "cross-risk", "measures.risk:CrossRisk", "of members on other sources"),
    Part("measure", "accuracy", "measures.risk:Accuracy", "of a classifier"),
    Part("measure", "labels", "measures.risk:Labels", "what a classifier says"),
    Part("measure", "member-spread", "measures.population:MemberSpread", "between models"),
    Part("measure", "member-means", "measures.population:MemberMeans", "where each model is"),
    Part("measure", "outcome-shares", "measures.outcomes:OutcomeShares", "of single outcomes"),
    Part(
        "measure", "prompt-diversity", "measures.prompts:PromptDiversity", "per and across prompt"
    ),
    Part("measure", "pass-at", "measures.prompts:PassAt", "pass@k, unbiased"),
    Part("measure", "training-loss", "measures.training:TrainingLoss", "losses of a network's fit"),
    Part("measure", "acceptance", "measures.chains:Acceptance", "of a power sampler's proposals"),
    Part("measure", "judged", "measures.reward:Judged", "reward, share kept, sample size"),
]
KINDS = list(dict.fromkeys(part.kind for part in PARTS))


def installed_judges() -> dict[str, importlib.metadata.EntryPoint]:
    """Judges that installed packages offer under the entry-point group ``collapse.judges``; a name
    of ours stays ours."""
    ours = {part.name for part in PARTS if part.kind == "judge"}
    offers = importlib.metadata.entry_points(group="collapse.judges")
    return {offer.name: offer for offer in offers if offer.name not in ours}


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
    part = load(known[name].where)
    if any(p.default is p.empty for p in inspect.signature(part).parameters.values()):
        raise Mistake(
            f"The {kind} {name} cannot be named alone, as it needs settings of its own: "
            "write a scenario file that builds it."
        )
    return part()

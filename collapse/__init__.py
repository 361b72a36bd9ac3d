"""A lab bench for model collapse.

Pick a truth, a model, a judge and a regime; train generations of the model on what earlier
generations produced and the judge let through; measure what is lost. The method is in
``collapse.core``. Names are imported when they are first used, so that ``import collapse`` is
quick.
"""

import importlib

_HOMES = {
    "collapse.claims": "Claim",
    "collapse.beginning": "begin",
    "collapse.core": "advance generation",
    "collapse.data": "Corpus Images Tokenizer load_corpus load_images",
    "collapse.doors": "prepare",
    "collapse.errors": "Mistake",
    "collapse.items": "Items",
    "collapse.judges.archive": "MapElites Novelty",
    "collapse.judges.base": "Judge",
    "collapse.judges.detector": "Detector",
    "collapse.judges.diverse": "Crowded DPP MMR",
    "collapse.judges.keep": "BernoulliKeep NoisyVerifier Tilt verifier",
    "collapse.judges.learned": "Learned",
    "collapse.judges.pluralist": "Pluralist",
    "collapse.judges.policies": "BestOf Choice KeepAll RandomFraction Rate Switch Threshold "
    "TopFraction",
    "collapse.learners.base": "Learner",
    "collapse.learners.detected": "Detected",
    "collapse.learners.likelihood": "FineTune MaximumLikelihood",
    "collapse.learners.policy": "GRPO PolicyGradient RewardWeighted",
    "collapse.learners.process": "ProcessGradient",
    "collapse.learners.preference": "Preference",
    "collapse.learners.pretrained": "Pretrained",
    "collapse.meaning": "Curve",
    "collapse.measures.base": "Measure",
    "collapse.measures.chains": "Acceptance",
    "collapse.measures.entropy": "ItemDiversity ModelDiversity",
    "collapse.measures.fidelity": "Coverage Divergence HeldOutLogDensity Moments Perplexity "
    "TailMass TotalVariation Wasserstein",
    "collapse.measures.latent": "LatentSpread",
    "collapse.measures.modes": "MixtureDistance ModeCoverage Spread",
    "collapse.measures.neighbours": "PrecisionRecall",
    "collapse.measures.outcomes": "OutcomeShares",
    "collapse.measures.population": "MemberMeans MemberSpread",
    "collapse.measures.risk": "Accuracy CrossRisk DownstreamRidge ExcessRisk Labels",
    "collapse.measures.tails": "ConditionalVariation MissingMass SquaredError Survival",
    "collapse.measures.lexical": "Wording",
    "collapse.measures.prompts": "PassAt PromptDiversity",
    "collapse.measures.reward": "Judged",
    "collapse.measures.training": "TrainingLoss",
    "collapse.models.answers": "Answers",
    "collapse.models.base": "Model",
    "collapse.models.bernoulli": "Bernoulli",
    "collapse.models.bigram": "Bigram hutter_bigram",
    "collapse.models.categorical": "Categorical geometric uniform zipf zipf_mandelbrot",
    "collapse.models.conditional": "Conditional",
    "collapse.models.coupling": "CouplingFlow",
    "collapse.models.diffusion": "DDPM FlowMatching",
    "collapse.models.empirical": "Empirical",
    "collapse.models.expressions": "Expressions",
    "collapse.models.gaussian": "Gaussian",
    "collapse.models.gru": "GRU",
    "collapse.models.network": "Network",
    "collapse.models.glyphs": "Glyphs",
    "collapse.models.grammar": "Grammar",
    "collapse.models.kde": "KDE",
    "collapse.models.logistic": "LogisticRegression Perceptron",
    "collapse.models.mixture": "GaussianMixture",
    "collapse.models.poisson": "Poisson",
    "collapse.models.population": "Population Sources",
    "collapse.models.regression": "LinearRegression",
    "collapse.models.shapes": "Circles StudentT SwissRoll TwoMoons eight_gaussians "
    "grid_of_gaussians",
    "collapse.models.ngram": "NGram",
    "collapse.models.token_table": "TokenTable",
    "collapse.models.transformer": "Transformer",
    "collapse.models.vae": "VAE",
    "collapse.regimes": "Accumulate AccumulateSubsample Balanced Expanding FixedRealMix "
    "FreshMix FreshMixPopulation Incremental MultiModel PastMixture RealKeep Regime Replace "
    "ReplaceMultiple WeightedFreshMix",
    "collapse.rewards.base": "Distance Length Lift Likelihood Noise Ratio Reward Scaled "
    "TableReward Valid",
    "collapse.rewards.bias": "Exploit Format Position SelfPreference Typicality Verbosity",
    "collapse.rewards.endpoint": "Endpoint",
    "collapse.rewards.features": "Confidence Similarity Steps",
    "collapse.rewards.outside": "Outside",
    "collapse.rewards.panel": "Panel",
    "collapse.rewards.unsteady": "Drift Flipped SwapAveraged",
    "collapse.runs": "Run load",
    "collapse.samplers.base": "Narrowed Plain Sampler Statistic Support Tempered "
    "TokenSampler TopK TopP",
    "collapse.samplers.beam": "Beam",
    "collapse.samplers.penalised": "Penalised",
    "collapse.samplers.power": "Power",
    "collapse.scenario": "Scenario",
    "collapse.schedule": "Schedule",
    "collapse.simulation": "simulate",
    "collapse.sweep": "simulate_arms",
    "collapse.training": "Training",
    "collapse.types": "Arm Batch Pool State Verdict View",
}
_HOME = {name: home for home, names in _HOMES.items() for name in names.split()}
__all__ = sorted(_HOME)  # noqa: PLE0605


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'collapse' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return __all__

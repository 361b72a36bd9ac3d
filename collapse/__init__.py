"""A lab bench for model collapse.

Pick a truth, a model, a judge and a regime; train generations of the model on what earlier
generations produced and the judge let through; measure what is lost. The method is in
``collapse.loop.generation``. Names are imported when they are first used, so that
``import collapse`` is quick.
"""

import importlib

_HOMES = {
    "collapse.scenario.claims": "Claim",
    "collapse.loop.start": "begin",
    "collapse.loop.generation": "advance generation",
    "collapse.data": "Corpus Images Tokenizer load_corpus load_images",
    "collapse.loop.prepare": "prepare",
    "collapse.errors": "UserError",
    "collapse.items": "Items",
    "collapse.judges.novelty": "MapElites Novelty",
    "collapse.judges.base": "Judge",
    "collapse.judges.detector": "Detector",
    "collapse.judges.diversity": "SharedReward DPP MMR",
    "collapse.judges.probabilistic": "BernoulliKeep NoisyVerifier Tilt verifier",
    "collapse.judges.learned": "Learned",
    "collapse.judges.pluralist": "Pluralist",
    "collapse.judges.policies": (
        "BestOf Choice KeepAll RandomFraction ScoreOnly Switch Threshold TopFraction"
    ),
    "collapse.learners.base": "Learner",
    "collapse.learners.behind_detector": "BehindDetector",
    "collapse.learners.maximum_likelihood": "PriorWeighted MaximumLikelihood",
    "collapse.learners.policy_gradient": "GRPO PolicyGradient RewardWeighted",
    "collapse.learners.process_reward": "ProcessGradient",
    "collapse.learners.preference": "Preference",
    "collapse.learners.pretrained": "Pretrained",
    "collapse.curve": "Curve",
    "collapse.measures.base": "Measure",
    "collapse.measures.acceptance": "Acceptance",
    "collapse.measures.entropy": "ItemDiversity ModelDiversity",
    "collapse.measures.fidelity": (
        "Divergence HeldOutLogDensity Moments Perplexity SupportCoverage "
        "TailMass TotalVariation Wasserstein"
    ),
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
    "collapse.models.text.answers": "Answers",
    "collapse.models.base": "Model",
    "collapse.models.distributions.bernoulli": "Bernoulli",
    "collapse.models.text.bigram": "Bigram hutter_bigram",
    "collapse.models.distributions.categorical": (
        "Categorical geometric uniform zipf zipf_mandelbrot"
    ),
    "collapse.models.text.conditional": "Conditional",
    "collapse.models.networks.coupling_flow": "CouplingFlow",
    "collapse.models.networks.diffusion": "DDPM FlowMatching",
    "collapse.models.text.empirical": "Empirical",
    "collapse.models.truths.expressions": "Expressions",
    "collapse.models.distributions.gaussian": "Gaussian",
    "collapse.models.networks.gru": "GRU",
    "collapse.models.networks.network": "Network",
    "collapse.models.truths.glyphs": "Glyphs",
    "collapse.models.text.grammar": "Grammar",
    "collapse.models.distributions.kde": "KDE",
    "collapse.models.networks.classifiers": "LogisticRegression Perceptron",
    "collapse.models.distributions.mixture": "GaussianMixture",
    "collapse.models.distributions.poisson": "Poisson",
    "collapse.models.population": "Population Sources",
    "collapse.models.distributions.regression": "LinearRegression",
    "collapse.models.truths.shapes": (
        "Circles StudentT SwissRoll TwoMoons eight_gaussians grid_of_gaussians"
    ),
    "collapse.models.text.ngram": "NGram",
    "collapse.models.text.token_table": "TokenTable",
    "collapse.models.networks.transformer": "Transformer",
    "collapse.models.networks.vae": "VAE",
    "collapse.regimes": (
        "Accumulate AccumulateSubsample Balanced Expanding FixedRealMix "
        "FreshMix FreshMixPopulation Incremental MultiModel PastMixture RealKeep Regime Replace "
        "ReplaceMultiple WeightedFreshMix"
    ),
    "collapse.rewards.base": (
        "Distance FunctionReward Length Likelihood Noise Ratio Reward Scaled TableReward Valid"
    ),
    "collapse.rewards.bias": "Exploit Format Position SelfPreference Typicality Verbosity",
    "collapse.rewards.llm.endpoint": "Endpoint",
    "collapse.rewards.features": "Confidence Similarity Steps",
    "collapse.rewards.external": "ExternalReward",
    "collapse.rewards.panel": "Panel",
    "collapse.rewards.time_varying": "Drift Flipped SwapAveraged",
    "collapse.runs.run": "Run load",
    "collapse.samplers.base": (
        "CovarianceScale Plain Sampler Statistic Support Tempered TokenSampler TopK TopP"
    ),
    "collapse.samplers.beam": "Beam",
    "collapse.samplers.penalised": "Penalised",
    "collapse.samplers.power": "Power",
    "collapse.scenario.scenario": "Scenario",
    "collapse.schedule": "Schedule",
    "collapse.loop.simulate": "simulate",
    "collapse.loop.sweep": "simulate_arms",
    "collapse.models.networks.training": "Training",
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

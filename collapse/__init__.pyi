"""Public names: read by type checkers, and at run time to know where a name is imported from."""

from . import plot as plot
from .curve import Curve as Curve
from .data import (
    Corpus as Corpus,
    Images as Images,
    Tokenizer as Tokenizer,
    load_corpus as load_corpus,
    load_images as load_images,
)
from .errors import UserError as UserError
from .items import Items as Items
from .judges.base import Judge as Judge
from .judges.choice import BestOf as BestOf, Choice as Choice
from .judges.detector import Detector as Detector
from .judges.diversity import DPP as DPP, MMR as MMR, SharedReward as SharedReward
from .judges.learned import Learned as Learned
from .judges.novelty import MapElites as MapElites, Novelty as Novelty
from .judges.pluralist import Pluralist as Pluralist
from .judges.policies import (
    KeepAll as KeepAll,
    RandomFraction as RandomFraction,
    ScoreOnly as ScoreOnly,
    Switch as Switch,
    Threshold as Threshold,
    TopFraction as TopFraction,
)
from .judges.probabilistic import (
    BernoulliKeep as BernoulliKeep,
    NoisyVerifier as NoisyVerifier,
    Tilt as Tilt,
    verifier as verifier,
)
from .judges.step_labels import StepLabels as StepLabels
from .learners.base import Learner as Learner
from .learners.behind_detector import (
    BehindDetector as BehindDetector,
    DetectorResampled as DetectorResampled,
)
from .learners.extrapolated import Extrapolated as Extrapolated
from .learners.maximum_likelihood import (
    MaximumLikelihood as MaximumLikelihood,
    PriorWeighted as PriorWeighted,
)
from .learners.policy_gradient import (
    GRPO as GRPO,
    PolicyGradient as PolicyGradient,
    RewardWeighted as RewardWeighted,
)
from .learners.preference import Preference as Preference
from .learners.pretrained import Pretrained as Pretrained
from .learners.process_reward import ProcessGradient as ProcessGradient
from .learners.truncated import Truncated as Truncated
from .loop.arm import Arm as Arm
from .loop.generation import advance as advance, generation as generation
from .loop.prepare import prepare as prepare
from .loop.start import begin as begin
from .measures.acceptance import Acceptance as Acceptance
from .measures.base import Measure as Measure
from .measures.entropy import (
    ItemDiversity as ItemDiversity,
    ModelDiversity as ModelDiversity,
    Rarefaction as Rarefaction,
)
from .measures.fidelity import (
    Divergence as Divergence,
    HeldOutLogDensity as HeldOutLogDensity,
    Moments as Moments,
    Perplexity as Perplexity,
    SupportCoverage as SupportCoverage,
    TailMass as TailMass,
    TotalVariation as TotalVariation,
    Wasserstein as Wasserstein,
)
from .measures.given_rows import GivenRows as GivenRows
from .measures.latent import LatentSpread as LatentSpread
from .measures.lexical import Wording as Wording
from .measures.marginals import MarginalMoments as MarginalMoments
from .measures.memorisation import NearestTraining as NearestTraining
from .measures.modes import (
    MixtureDistance as MixtureDistance,
    ModeCoverage as ModeCoverage,
    Spread as Spread,
)
from .measures.neighbours import PrecisionRecall as PrecisionRecall
from .measures.outcomes import OutcomeShares as OutcomeShares
from .measures.population import (
    AgreementWhenWrong as AgreementWhenWrong,
    MemberCollision as MemberCollision,
    MemberMeans as MemberMeans,
    MemberSpread as MemberSpread,
)
from .measures.prompts import (
    DiversityLoss as DiversityLoss,
    HeldOutPrompts as HeldOutPrompts,
    PassAt as PassAt,
    PromptDiversity as PromptDiversity,
    RightAnswers as RightAnswers,
)
from .measures.provenance import SyntheticShare as SyntheticShare
from .measures.reference import ReferencePerplexity as ReferencePerplexity
from .measures.reward import GoldReward as GoldReward, Judged as Judged
from .measures.risk import (
    Accuracy as Accuracy,
    CrossRisk as CrossRisk,
    DownstreamRidge as DownstreamRidge,
    ExcessRisk as ExcessRisk,
    Labels as Labels,
)
from .measures.steps import StepErrors as StepErrors
from .measures.tails import (
    ConditionalVariation as ConditionalVariation,
    MissingMass as MissingMass,
    SquaredError as SquaredError,
    Survival as Survival,
)
from .measures.training import TrainingLoss as TrainingLoss
from .models.base import Model as Model
from .models.distributions.bernoulli import Bernoulli as Bernoulli
from .models.distributions.categorical import (
    Categorical as Categorical,
    geometric as geometric,
    uniform as uniform,
    zipf as zipf,
    zipf_mandelbrot as zipf_mandelbrot,
)
from .models.distributions.gaussian import Gaussian as Gaussian
from .models.distributions.kde import KDE as KDE
from .models.distributions.mixture import GaussianMixture as GaussianMixture
from .models.distributions.poisson import Poisson as Poisson
from .models.distributions.regression import LinearRegression as LinearRegression
from .models.networks.classifiers import (
    LogisticRegression as LogisticRegression,
    Perceptron as Perceptron,
)
from .models.networks.coupling_flow import CouplingFlow as CouplingFlow
from .models.networks.diffusion import DDPM as DDPM, FlowMatching as FlowMatching
from .models.networks.gru import GRU as GRU
from .models.networks.network import Network as Network
from .models.networks.training import Training as Training
from .models.networks.transformer import Transformer as Transformer
from .models.networks.vae import VAE as VAE
from .models.population import Population as Population, Sources as Sources
from .models.text.answers import Answers as Answers
from .models.text.bigram import Bigram as Bigram, hutter_bigram as hutter_bigram
from .models.text.byte_pairs import BytePairs as BytePairs
from .models.text.conditional import Conditional as Conditional
from .models.text.empirical import Empirical as Empirical
from .models.text.grammar import Grammar as Grammar
from .models.text.hashed import HashedNGram as HashedNGram
from .models.text.ngram import NGram as NGram
from .models.text.prompted import PromptedTable as PromptedTable
from .models.text.token_table import TokenTable as TokenTable
from .models.truths.expressions import Expressions as Expressions
from .models.truths.glyphs import Glyphs as Glyphs
from .models.truths.rosenbrock import Rosenbrock as Rosenbrock
from .models.truths.shapes import (
    Circles as Circles,
    StudentT as StudentT,
    SwissRoll as SwissRoll,
    TwoMoons as TwoMoons,
    eight_gaussians as eight_gaussians,
    grid_of_gaussians as grid_of_gaussians,
)
from .regimes import (
    Accumulate as Accumulate,
    AccumulateSubsample as AccumulateSubsample,
    Balanced as Balanced,
    Completions as Completions,
    Crawler as Crawler,
    Dreams as Dreams,
    Expanding as Expanding,
    FillHardest as FillHardest,
    FixedRealMix as FixedRealMix,
    FreshMix as FreshMix,
    FreshMixPopulation as FreshMixPopulation,
    Incremental as Incremental,
    Islands as Islands,
    MultiModel as MultiModel,
    PastMixture as PastMixture,
    PopulationSelection as PopulationSelection,
    RealKeep as RealKeep,
    Regime as Regime,
    Replace as Replace,
    ReplaceMultiple as ReplaceMultiple,
    TokenEditing as TokenEditing,
    Web as Web,
    WeightedFreshMix as WeightedFreshMix,
)
from .rewards.base import (
    Distance as Distance,
    FunctionReward as FunctionReward,
    Length as Length,
    Likelihood as Likelihood,
    Noise as Noise,
    Ratio as Ratio,
    Reward as Reward,
    Scaled as Scaled,
    TableReward as TableReward,
    Valid as Valid,
)
from .rewards.bias import (
    Exploit as Exploit,
    Format as Format,
    Position as Position,
    SelfPreference as SelfPreference,
    Typicality as Typicality,
    Unlikeliness as Unlikeliness,
    Verbosity as Verbosity,
)
from .rewards.external import ExternalReward as ExternalReward
from .rewards.features import Confidence as Confidence, Similarity as Similarity, Steps as Steps
from .rewards.llm.endpoint import Endpoint as Endpoint
from .rewards.panel import Panel as Panel
from .rewards.peers import PeerLikelihood as PeerLikelihood
from .rewards.time_varying import Drift as Drift, Flipped as Flipped, SwapAveraged as SwapAveraged
from .runs.directory import run_scenario as run_scenario
from .runs.run import Run as Run, load as load
from .runs.simulate import simulate as simulate, simulate_arms as simulate_arms
from .samplers.base import (
    CovarianceScale as CovarianceScale,
    Guidance as Guidance,
    KeptStatistic as KeptStatistic,
    Plain as Plain,
    Sampler as Sampler,
    Statistic as Statistic,
    Support as Support,
    Tempered as Tempered,
    TokenSampler as TokenSampler,
    TopK as TopK,
    TopP as TopP,
)
from .samplers.beam import Beam as Beam
from .samplers.disturbed import Corrupted as Corrupted, Recombined as Recombined
from .samplers.likeliest import Likeliest as Likeliest
from .samplers.penalised import Penalised as Penalised
from .samplers.power import Power as Power
from .scenario.claims import Claim as Claim
from .scenario.scenario import Scenario as Scenario
from .schedule import Schedule as Schedule
from .sweeps.sweep import Sweep as Sweep, sweep as sweep
from .types import Batch as Batch, Pool as Pool, State as State, Verdict as Verdict, View as View

__version__: str

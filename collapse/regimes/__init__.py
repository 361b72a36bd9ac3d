"""Regimes: the training data of the next generation. Names as in docs/regimes.md."""

from collapse.regimes.accumulate import (
    Accumulate,
    AccumulateSubsample,
    Balanced,
    Expanding,
    Incremental,
    Replace,
    ReplaceMultiple,
)
from collapse.regimes.base import Regime
from collapse.regimes.completions import Completions
from collapse.regimes.dreams import Dreams
from collapse.regimes.hardest import FillHardest
from collapse.regimes.mixes import (
    FixedRealMix,
    FreshMix,
    FreshMixPopulation,
    RealKeep,
    WeightedFreshMix,
)
from collapse.regimes.multi_model import Islands, MultiModel, PastMixture, PopulationSelection
from collapse.regimes.token_editing import TokenEditing
from collapse.regimes.web import Crawler, Web

__all__ = [
    "Accumulate",
    "AccumulateSubsample",
    "Balanced",
    "Completions",
    "Crawler",
    "Dreams",
    "Expanding",
    "FillHardest",
    "FixedRealMix",
    "FreshMix",
    "FreshMixPopulation",
    "Incremental",
    "Islands",
    "MultiModel",
    "PastMixture",
    "PopulationSelection",
    "RealKeep",
    "Regime",
    "Replace",
    "ReplaceMultiple",
    "TokenEditing",
    "Web",
    "WeightedFreshMix",
]

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
from collapse.regimes.hardest import FillHardest
from collapse.regimes.mixes import (
    FixedRealMix,
    FreshMix,
    FreshMixPopulation,
    RealKeep,
    WeightedFreshMix,
)
from collapse.regimes.multi_model import MultiModel, PastMixture

__all__ = [
    "Accumulate",
    "AccumulateSubsample",
    "Balanced",
    "Expanding",
    "FillHardest",
    "FixedRealMix",
    "FreshMix",
    "FreshMixPopulation",
    "Incremental",
    "MultiModel",
    "PastMixture",
    "RealKeep",
    "Regime",
    "Replace",
    "ReplaceMultiple",
    "WeightedFreshMix",
]

"""What the next generation trains on. Names as in docs/regimes.md."""

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

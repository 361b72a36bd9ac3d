"""Questions about supervision, sampling and age: their claims hold or say why not, and a changed
part makes each fail."""

import jax
import numpy as np
import pytest

from collapse import (
    FreshMix,
    KeepAll,
    Likeliest,
    Plain,
    Power,
    PriorWeighted,
    Tempered,
)
from collapse.commands.reproduce.rows import built
from collapse.scenario.claims import check
from collapse.scenario.published import TOGETHER
from tests.scenarios.test_published import record_of, verdicts, with_arm

EMPTY = {"real_start": False}
# Scenario, arm, the parts that are changed, the beginning of the claims that must notice.
SABOTAGE = (
    ("growing-old", "steady", {"learner": PriorWeighted(20.0, start="previous")}, "Diversity kept"),
    ("growing-old", "falling", {"learner": PriorWeighted(20.0, start="previous")},
     "Diversity kept to 40 by chance alone, falling"),
    ("growing-old", "steady-chosen", {"judge": KeepAll()}, "Entropy at 40 of chosen"),
    ("growing-old", "falling-chosen", {"judge": KeepAll()},
     "Entropy at 40 of chosen experience, falling"),
    ("growing-old", "falling-chosen", {"judge": KeepAll()}, "Chosen experience costs"),
    ("growing-old", "falling-chosen", {"judge": KeepAll()}, "Own choice against the new"),
    ("growing-old", "falling-early", {"regime": FreshMix(0.1, **EMPTY)}, "Share of the new"),
    ("growing-old", "falling", {"regime": FreshMix(0.1, **EMPTY)},
     "Share of the new after 20 years, met at 40"),
    ("growing-old", "rejuvenated", {"learner": PriorWeighted(200.0, start="base")},
     "Share of the new after 20 years, met at 40 with"),
    ("sampling-or-rl", "base", {"sampler": Tempered(0.9)}, "Solved at the first try, base"),
    ("sampling-or-rl", "cold", {"sampler": Tempered(0.3)}, "Solved at the first try, low"),
    ("sampling-or-rl", "power", {"sampler": Power(3.0, block=2)}, "Solved at the first try, power"),
    ("sampling-or-rl", "best-of-8", {"sampler": Likeliest(6)}, "Solved at the first try, like"),
    ("sampling-or-rl", "power", {"sampler": Tempered(0.25)}, "Whole answers sharpened"),
    ("sampling-or-rl", "power", {"sampler": Plain()}, "Entropy within"),
    ("sampling-or-rl", "power", {"sampler": Plain()}, "Entropy kept by power samples"),
)  # fmt: skip

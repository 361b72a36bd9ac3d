"""The runs of a report card: one compiled program of many lanes, called a few times.

A lane is a setting: a share of fresh real data, and terms added to the judge's reward. All lanes
use the same random numbers, so that they differ by their setting alone.
"""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from collapse.commands.judge.disturbed import Disturbed, ShareOf
from collapse.errors import UserError
from collapse.judges.base import Judge
from collapse.judges.policies import CONTROLS
from collapse.loop.arm import Arm
from collapse.loop.check_judge import try_judge
from collapse.loop.prepare import prepare
from collapse.loop.simulate import check_room
from collapse.loop.sweep import run_arms
from collapse.measures.entropy import ItemDiversity
from collapse.measures.fidelity import SupportCoverage
from collapse.measures.prompts import PromptDiversity
from collapse.measures.reward import Judged
from collapse.numerics.pytree import replace
from collapse.regimes import FreshMix, Replace
from collapse.rewards.external import asks_external
from collapse.scenario.scenario import Scenario

LANES = 15
# A lane in which every setting differs, so that all calls vary the same settings: one program.
ODD = {"share": 0.5, "bonus": 1.0, "noise": 1.0, "place": 1.0, "length": 1.0, "blind": 1.0}


@dataclass
class Bench:
    """A judge in the world of a scenario, ready to run lanes."""

    arm: Arm
    judge: Judge
    exploit: Any
    seeds: int
    key: int
    items: Any = None  # (S, T + 1, ...) a few items of the first lane of the last call

    def lanes(self, settings: list[dict]) -> dict[str, np.ndarray]:
        """Curves {name: (V, S, T + 1)} of V lanes. A setting may have share, bonus, noise, place,
        length and blind. Every call uses the same compiled program."""
        if len(settings) > LANES:
            raise ValueError(f"{len(settings)} lanes, where a call has {LANES}")
        padded = settings + [{}] * (LANES - len(settings)) + [ODD]
        record = run_arms(self.root, [self._arm(**lane) for lane in padded], self.seeds)
        self._look(record["health"])
        curves, self.items = record["curves"], record["items"][0]
        return {name: curve[: len(settings)].astype(float) for name, curve in curves.items()}

    def _look(self, health: dict) -> None:
        """Raise ``UserError`` if the judge keeps nothing at generation 1."""
        kept = health["kept"][0, :, 1:]
        if not (kept[:, 0] > 0).all():
            raise UserError(
                f"The judge {type(self.judge).__name__} kept nothing at generation 1 in some "
                "seeds, so there was nothing to train on. Make it keep some items, or return "
                "scores instead of weights."
            )

    @property
    def root(self):
        return jax.random.key(self.key)

    def _arm(self, share=0.0, **top) -> Arm:
        judge = Disturbed(self.judge, exploit=self.exploit, **top)
        return replace(self.arm, judge=judge, regime=FreshMix(share))


def bench(
    judge: Judge, scenario: Scenario, seeds: int, generations: int, n: int, key: int
) -> Bench:
    """The judge in the world of the scenario's first judged arm, after a trial of one generation.
    Raises ``UserError``."""
    if asks_external(judge):
        raise UserError(
            "There is no report card for judges outside JAX, as a card needs many millions of "
            "verdicts. Use collapse run with --judge."
        )
    arms = list(scenario.arms.values())
    judged = [arm for arm in arms if not isinstance(arm.judge, CONTROLS)]
    arm = (judged or arms)[0]
    if arm.sampler.kind != "items":
        raise UserError(f"The scenario {scenario.name} draws no items, which a report card needs.")
    measures = [ItemDiversity(), SupportCoverage(), Judged()]
    if arm.model.prompts > 1:
        measures.append(PromptDiversity())
    if scenario.exploit is not None:
        measures.append(ShareOf(scenario.exploit))
    plain = replace(
        arm,
        judge=judge,
        regime=Replace(),
        measures=tuple(measures),
        n=n,
        generations=generations,
        candidates=None,
        group=None if int(judge.group) > 1 else arm.group,
        keep_reference=True,  # a judge may need it, and a card has no option for it
    )
    ready = prepare(plain)
    check_room(ready, seeds)
    try_judge(ready)
    return Bench(plain, judge, scenario.exploit, seeds, key)

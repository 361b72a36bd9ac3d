"""The runs of a report card: one compiled program of many lanes, called a few times.

A lane is a setting: a share of fresh real data, and terms added to the judge's reward. All lanes
use the same random numbers, so that they differ by their setting alone.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from collapse.commands.judge.disturbed import Disturbed, ShareOf
from collapse.commands.judge.outside import Memory, inside
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
    memory: Memory | None = None  # what a judge outside JAX has said
    items: Any = None  # (S, T + 1, ...) a few items of the first lane of the last call

    def lanes(self, settings: list[dict]) -> dict[str, np.ndarray]:
        """Curves {name: (V, S, T + 1)} of V lanes. A setting may have share, bonus, noise, place,
        length and blind. Every call uses the same compiled program."""
        if len(settings) > LANES:
            raise ValueError(f"{len(settings)} lanes, where a call has {LANES}")
        padded = settings + [{}] * (LANES - len(settings)) + [ODD]
        with told(self.memory):
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

    @property
    def acting(self) -> Judge:
        """The judge as it runs in JAX."""
        return inside(self.judge, self.memory) if self.memory else self.judge

    def _arm(self, share=0.0, **top) -> Arm:
        judge = Disturbed(self.acting, exploit=self.exploit, **top)
        return replace(self.arm, judge=judge, regime=FreshMix(share))


@contextmanager
def told(memory: Memory | None) -> Iterator[None]:
    """Raise an error of a judge outside JAX as it is, and not as the compiled program has it, which
    would log a traceback too."""
    log = logging.getLogger("jax._src.callback")
    quiet, log.disabled = log.disabled, memory is not None or log.disabled
    try:
        yield
    except UserError:
        raise
    except Exception:
        if memory is not None and memory.error is not None:
            raise memory.error from None
        raise
    finally:
        log.disabled = quiet


def bench(
    judge: Judge,
    scenario: Scenario,
    seeds: int,
    generations: int,
    n: int,
    key: int,
    calls: int | None = None,
) -> Bench:
    """The judge in the world of the scenario's first judged arm, after a trial of one generation.
    One outside JAX is asked at most ``calls`` different questions. Raises ``UserError``."""
    memory = None
    if asks_external(judge):
        memory = Memory(judge, scenario.show, calls or 0)
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
    made = Bench(plain, judge, scenario.exploit, seeds, key, memory)
    ready = prepare(replace(plain, judge=made.acting))
    check_room(ready, seeds)
    with told(memory):
        try_judge(ready)
    return made

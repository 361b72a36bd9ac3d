"""The questions about the internet, tokenizers and memory: their claims hold or say why not, and a
changed setting makes each one fail."""

import functools

import jax
import numpy as np
import pytest

import collapse as c
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import check
from collapse.scenario.published import TOGETHER, together
from tests.scenarios.test_published_rl import changed

SCENARIOS = ("internet", "tokenizer", "cognitive-core")


@functools.cache
def curves_of(name: str, arm: str) -> dict:
    scenario = built(name, "quick")
    return run_arm(jax.random.key(0), scenario.arms[arm], scenario.seeds)["curves"]


def claim_of(name: str, text: str):
    (claim,) = (x for x in built(name, "quick").claims if x.name == text)
    return claim


class Asked(dict):
    """The record of a scenario, whose arms are run when a claim looks at them; ``arm``, if given,
    with a setting changed."""

    def __init__(self, name: str, arm: str = "", path: str = "", value=None):
        self.name, self.arm, self.path, self.value = name, arm, path, value

    def __missing__(self, curve: str):
        arm = curve.split("/")[0]
        curves = curves_of(self.name, arm)
        if arm == self.arm:
            scenario = built(self.name, "quick")
            other = changed(scenario.arms[arm], self.path, self.value)
            curves = run_arm(jax.random.key(0), other, scenario.seeds)["curves"]
        self.update(together({arm: curves})["curves"])
        return self[curve]


CRAWL = (c.Crawler(hit=0.3, false_alarm=0.05),)
NO_AI = c.Schedule(np.zeros(20), np.arange(1, 21))
LABS = (c.Crawler(hit=0.9), c.Crawler(hit=0.5), c.Crawler(hit=0.9))
# Scenario, claim, arm, the field that is changed, its value.
SABOTAGE = [
    ("internet", "AI share of the web", "growing", "regime.stock", 8.0),
    ("internet", "AI share behind a detector", "detector", "regime.crawlers", CRAWL),
    ("internet", "Things said as AI text grows", "growing", "sampler.of.temperature", 0.5),
    ("internet", "Diversity kept in 2042, AI text grows", "growing", "regime.share", NO_AI),
    (
        "internet",
        "Diversity kept in 2042, AI text stays near half",
        "plateau",
        "regime.share",
        NO_AI,
    ),
    ("internet", "Perplexity of human text, AI text grows", "growing", "regime.share", NO_AI),
    ("internet", "Diversity kept behind a detector", "detector", "regime.crawlers", CRAWL),
    (
        "internet",
        "Diversity kept with a quota of four fifths human text",
        "quota",
        "regime.crawlers",
        CRAWL,
    ),
    (
        "internet",
        "Diversity kept with text before 2023 alone",
        "cut-off",
        "regime.crawlers",
        (c.Crawler(until=3.0),),
    ),
    (
        "internet",
        "Diversity kept if a fifth of new text is misdated",
        "cut-off-misdated",
        "regime.crawlers",
        (c.Crawler(until=0.0),),
    ),
    (
        "internet",
        "Commonest thing, lab without over lab with the best detector",
        "labs",
        "regime.crawlers",
        LABS,
    ),
    (
        "internet",
        "Perplexity, co-writers over agents at the same AI share of text",
        "agents",
        "regime.share",
        0.05,
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "arm", "path", "value"), SABOTAGE, ids=lambda x: str(x)[:40]
)
def test_a_changed_setting_makes_the_claim_fail(name, text, arm, path, value):
    claim = claim_of(name, text)
    good = check(claim, {"curves": Asked(name)}).verdict
    assert good.startswith("holds") or claim.note
    bad = check(claim, {"curves": Asked(name, arm, path, value)}).verdict
    assert bad != good
    assert bad in ("does not hold", "needs more compute") or claim.note


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_claim_has_its_sabotage(name):
    scenario = built(name, "quick")
    tried = {text for one, text, *_ in SABOTAGE if one == name}
    assert tried == {x.name for x in scenario.claims if x.evidence == TOGETHER}

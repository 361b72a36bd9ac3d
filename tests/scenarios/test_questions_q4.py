"""The questions about the internet, tokenizers and memory: their claims hold or say why not, and a
changed setting turns each one over."""

import functools

import jax
import numpy as np
import pytest

import collapse as c
from collapse.commands.reproduce.rows import built
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import check
from collapse.scenario.published import together
from tests.scenarios.questions import RECORD, SETTING, about, claims_of, turns
from tests.scenarios.test_published_rl import changed


@functools.cache
def curves_of(name: str, arm: str) -> dict:
    scenario = built(name, "quick")
    return run_arm(jax.random.key(0), scenario.arms[arm], scenario.seeds)["curves"]


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
ONE, BOTH = (c.TokenTable.uniform(31, 3, order=order) for order in (2, 3))
# Of each scenario: claim, arm, the field that is changed, its value.
SABOTAGE = {
    "internet": [
        ("AI share of the web", "growing", "regime.stock", 8.0),
        ("AI share behind a detector", "detector", "regime.crawlers", CRAWL),
        ("Things said as AI text grows", "growing", "sampler.of.temperature", 0.5),
        ("Diversity kept in 2042, AI text grows", "growing", "regime.share", NO_AI),
        ("Diversity kept in 2042, AI text stays near half", "plateau", "regime.share", NO_AI),
        ("Perplexity of human text, AI text grows", "growing", "regime.share", NO_AI),
        ("Diversity kept behind a detector", "detector", "regime.share", NO_AI),
        (
            "Diversity kept with a quota of four fifths human text",
            "quota",
            "regime.crawlers",
            (c.Crawler(human=0.7),),
        ),
        (
            "Diversity kept with text before 2023 alone",
            "cut-off",
            "regime.crawlers",
            (c.Crawler(until=3.0),),
        ),
        (
            "Diversity kept if a fifth of new text is misdated",
            "cut-off-misdated",
            "regime.crawlers",
            (c.Crawler(until=0.0),),
        ),
        (
            "Commonest thing, lab without over lab with the best detector",
            "labs",
            "regime.crawlers",
            LABS,
        ),
        (
            "Perplexity, co-writers over agents at the same AI share of text",
            "agents",
            "regime.share",
            0.05,
        ),
        ("Documents with AI text, co-writers over agents", "co-writers", "regime.share", 0.2),
    ],
    "tokenizer": [
        (
            "A after A, trained on completions token by token",
            "prompted-token",
            "model.level",
            "byte",
        ),
        (
            "A after A, trained on completions by exact next characters",
            "prompted-byte",
            "model.level",
            "token",
        ),
        (
            "Words with the rare letter that are lost without fallback",
            "no-fallback",
            "model.characters",
            0,
        ),
        ("The same with fallback", "fallback", "regime.share", 0.0),
        ("Rare words lost, retrained minus fixed tokenizer", "fixed", "model.merges", 0),
        ("Rare words lost, fixed tokenizer minus characters", "fixed", "model.merges", 0),
        ("Words that are words, fixed tokenizer minus characters", "fixed", "model.merges", 0),
    ],
    "cognitive-core": [
        ("Rule, one word of memory", "order-2", "model", BOTH),
        ("Recall, one word of memory", "order-2", "model", BOTH),
        ("Rule, table of both words", "order-3", "model", ONE),
        ("Recall, table of both words", "order-3", "model", ONE),
        ("Recall, large hashed memory", "large", "model", ONE),
        ("Rule, one word of memory minus large memory", "large", "model", ONE),
        ("Rule, small minus large hashed memory", "small", "model", ONE),
        ("Rule, weight decay minus none", "decay", "model", ONE),
        ("Recall, weight decay minus none", "decay", "model", BOTH),
        ("Rule, width 2 minus full width", "narrow", "model", ONE),
        ("Recall lost over generations, large memory", "large", "model", BOTH),
        ("Rule lost over generations over recall lost, large memory", "large", "model", BOTH),
    ],
}
EVERY = [(name, *row) for name, rows in SABOTAGE.items() for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "text", "arm", "path", "value"), EVERY, ids=[f"{row[0]}-{row[1]}" for row in EVERY]
)
def test_a_changed_setting_changes_the_verdict(name, text, arm, path, value):
    """A claim that holds fails; one that does not, as its note says, holds or is undecided."""
    claim, records = claims_of(name)[text], (Asked(name), Asked(name, arm, path, value))
    words = [check(claim, {"curves": record}).verdict for record in records]
    assert turns(name, text, *words), words


# Evidence that no arm shows, and what its curves are exchanged for.
EXCHANGED = {
    ("internet", "coins"): {"open/share_0": "detector/share_0", "detector/share_0": "open/share_0"},
    ("internet", "detectors"): {
        f"{hit:g}/model_entropy": "1/model_entropy" for hit in (0, 0.5, 0.8, 0.9, 0.95, 0.98)
    },
    ("internet", "quotas"): {
        f"{share:g}/model_entropy": "1/model_entropy" for share in (0.5, 0.8, 0.9, 0.95, 0.98)
    },
    ("tokenizer", "boundary"): {
        f"{one}-{kept}": f"{other}-{kept}"
        for one, other in (("token", "byte"), ("byte", "token"))
        for kept in (1, 6)
    },
    ("cognitive-core", "likeliest"): {"large": "small", "small": "none"},
}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "evidence"), EXCHANGED, ids=lambda x: x)
def test_claims_about_other_evidence_notice_an_exchange(name, evidence):
    scenario = built(name, "quick")
    curves = scenario.evidence[evidence](jax.random.key(0), min(scenario.seeds, 6))["curves"]
    curves |= {"none": 1.5 + 0 * curves.get("large", np.zeros(1))}
    exchange = EXCHANGED[name, evidence]
    other = curves | {k: curves[x] for k, x in exchange.items()}
    claims = [x for x in scenario.claims if x.evidence == evidence]
    for claim in claims:
        words = [check(claim, {"curves": x}).verdict for x in (curves, other)]
        assert turns(name, claim.name, *words), (claim.name, words)


def sabotaged() -> list[tuple[str, str, str]]:
    """(scenario, claim, kind of sabotage) of all cases here."""
    arms = [(name, claim, SETTING) for name, claim, *_ in EVERY]
    return arms + [(key[0], claim, RECORD) for key in EXCHANGED for claim in about(*key)]

"""Claims of a scenario held against records, right and wrong ones."""

import functools

import jax
import numpy as np

from collapse.commands.verify.verification import simulate_blocks
from collapse.numerics.pytree import replace
from collapse.scenario.claims import check
from collapse.scenario.load import build


@functools.cache
def scenario_of(name):
    return build(name)


def record_of(name, arm, **fields):
    """The record of an arm, some of its fields changed, as ``collapse verify`` makes it."""
    scenario = scenario_of(name)
    changed = replace(scenario.arms[arm], **fields)
    return simulate_blocks(jax.random.key(0), changed, scenario.seeds)


def findings(name, evidence, record, containing=""):
    """What becomes of the evidence's claims, those whose name contains a text, on this record."""
    claims = [c for c in scenario_of(name).claims if c.evidence == evidence]
    chosen = [c for c in claims if containing in c.name]
    assert chosen
    return {claim.name: check(claim, record) for claim in chosen}


def failing(name, evidence, record, containing=""):
    found = findings(name, evidence, record, containing)
    return {name for name, finding in found.items() if finding.verdict == "FAILS"}


def all_pass(name, evidence, record, containing=""):
    return not failing(name, evidence, record, containing)


def all_fail(name, evidence, record, containing=""):
    return len(failing(name, evidence, record, containing)) == len(
        findings(name, evidence, record, containing)
    )


def late(record):
    """Every generation under the number of the one before it: one off."""
    curves = record["curves"].items()
    return {"curves": {k: np.concatenate([x[:, 1:], x[:, -1:]], axis=1) for k, x in curves}}

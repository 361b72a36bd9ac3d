"""Run the evidence of claims and check the claims against it.

Every claim is checked on a first key. A claim that fails is checked again on a second key that was
fixed beforehand, and both results are shown. Evidence runs in threads, one for each core.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

import jax
import numpy as np

from collapse.errors import UserError, call_user
from collapse.loop.limits import record_errors
from collapse.loop.prepare import prepare
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import Claim, Finding, check
from collapse.scenario.load import build
from collapse.scenario.published import decidable
from collapse.scenario.scenario import Scenario

KEYS = (0, 1_000_003)
ROWS_AT_ONCE = 400_000  # rows of the pools of one block of seeds, at most


@dataclass(frozen=True)
class Evidence:
    """An arm or a function of a scenario, and the claims about it."""

    scenario: Scenario
    name: str
    claims: tuple[Claim, ...]

    def record(self, key: int, seeds: int) -> dict:
        """The record for the claims, as NumPy arrays."""
        root = jax.random.key(key)
        if self.name in self.scenario.evidence:
            function = self.scenario.evidence[self.name]
            record = call_user(f"The evidence {self.name!r}", function, root, seeds)
        else:
            record = simulate_blocks(root, self.scenario.arms[self.name], seeds)
        return jax.tree.map(np.asarray, record)


def simulate_blocks(key: jax.Array, arm: Any, seeds: int) -> dict:
    """Simulate in small blocks of seeds; an exact arm needs one seed."""
    if arm.sampler.kind == "support":
        return jax.tree.map(np.asarray, run_arm(key, arm, 1))
    most = max(1, ROWS_AT_ONCE // (arm.n * 4))
    count = -(-seeds // min(most, 4000))
    size = -(-seeds // count)
    records = [
        jax.tree.map(np.asarray, run_arm(key, arm, range(i * size, (i + 1) * size)))
        for i in range(count)
    ]
    return jax.tree.map(lambda *x: np.concatenate(x)[:seeds], *records)


def with_claims(names: list[str], size: str | None = None, **given) -> list[Scenario]:
    """The named scenarios of a size, on the ``given`` corpus or images. Raises ``UserError`` for
    one without claims."""
    errors: list[str] = []
    found = []
    for name in names:
        try:
            found.append(build(name, size=size, **given))
        except UserError as mistake:
            errors += mistake.sentences
    errors += [f"The scenario {s.name} makes no claims to verify." for s in found if not s.claims]
    found = [replace(s, claims=_decidable(s, size or "quick")) for s in found]
    for scenario in found:
        known = {*scenario.arms, *scenario.evidence}
        errors += [
            f"The claim {claim.name!r} of {scenario.name} names unknown evidence:"
            f" {claim.evidence!r}."
            for claim in scenario.claims
            if claim.evidence not in known
        ]
        errors += [
            f"The scenario {scenario.name} has no evidence {name!r}, which extra names."
            for name in scenario.extra
            if name not in known
        ]
    if errors:
        raise UserError(*errors)
    return found


def _decidable(scenario: Scenario, size: str) -> tuple[Claim, ...]:
    return tuple(claim for claim in scenario.claims if decidable(claim, size))


def evidence_of(scenario: Scenario, extra: bool = True) -> list[Evidence]:
    """The evidence of the claims of a scenario, with or without ``extra`` evidence."""
    names = dict.fromkeys(claim.evidence for claim in scenario.claims)
    return [
        Evidence(scenario, name, tuple(c for c in scenario.claims if c.evidence == name))
        for name in names
        if extra or name not in scenario.extra
    ]


def verify(
    scenarios: list[Scenario],
    seeds: int | None = None,
    thorough: bool = False,
    report: Callable = lambda name, claims: None,
    threads: int | None = None,
    extra: bool = True,
) -> list[Finding]:
    """A finding for every claim, the worst fit first. ``extra``: with extra evidence. ``report`` is
    called after each piece of evidence."""

    def look_at(evidence: Evidence) -> list[Finding]:
        own = evidence.scenario.seeds
        if thorough:
            own = evidence.scenario.thorough or own
        findings = look(evidence, seeds or own)
        report(f"{evidence.scenario.name}: {evidence.name}", len(findings))
        return findings

    for scenario in scenarios:
        if errors := record_errors(list(scenario.arms.values()), seeds or scenario.seeds):
            raise UserError(*errors)
        affordable(scenario)
    every = [evidence for scenario in scenarios for evidence in evidence_of(scenario, extra)]
    with ThreadPoolExecutor(threads or min(os.cpu_count() or 1, 8)) as pool:
        findings = [finding for found in pool.map(look_at, every) for finding in found]
    return sorted(findings, key=badness, reverse=True)


def affordable(scenario: Scenario) -> None:
    """Raise ``UserError`` if networks need more than the free memory, before any is trained."""
    if any(arm.model.trained for arm in scenario.arms.values()):
        from collapse.loop import memory  # imports the networks, which closed forms do not need

        arms = {name: prepare(arm, checked=False) for name, arm in scenario.arms.items()}
        memory.check(replace(scenario, arms=arms), None)


def look(evidence: Evidence, seeds: int) -> list[Finding]:
    """Check every claim on the first key, and those that fail on the second."""
    record = evidence.record(KEYS[0], seeds)
    findings = [check(claim, record, KEYS[0]) for claim in evidence.claims]
    if any(finding.verdict == "FAILS" for finding in findings):
        again = evidence.record(KEYS[1], seeds)
        findings = [
            replace(check(f.claim, again, KEYS[1]), first=f) if f.verdict == "FAILS" else f
            for f in findings
        ]
    return findings


def badness(finding: Finding) -> tuple[bool, float]:
    """Sort key: failures last, then by the share of the limit."""
    return finding.verdict == "FAILS", float(np.nan_to_num(share_of_limit(finding), nan=np.inf))


def share_of_limit(finding: Finding) -> float:
    """The deviation as a share of the limit; a claim fails above 1."""
    size = abs(finding.z) if finding.claim.side == "both" else finding.z
    return size / finding.limit


def row(finding: Finding) -> dict:
    """A finding as plain values, for ``--json``."""
    claim = finding.claim
    fields = {
        "claim": claim.name,
        "kind": claim.kind,
        "source": claim.source,
        "expected": finding.expected,
        "measured": finding.measured,
        "standard_error": finding.standard_error,
        "z": finding.z,
        "limit": finding.limit,
        "badness": share_of_limit(finding),
        "detects": finding.detects,
        "generation": finding.at,
        "generations": list(claim.at),
        "seeds": finding.seeds,
        "key": finding.key,
        "verdict": finding.verdict,
    }
    return fields | {"first": row(finding.first)} if finding.first else fields

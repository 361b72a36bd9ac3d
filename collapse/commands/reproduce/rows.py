"""The work of one scenario: run it, check its published claims, and say so in plain values."""

from pathlib import Path

import numpy as np

from collapse.commands.reproduce.evidence import KEY, Records
from collapse.commands.reproduce.papers import next_size, runs_at
from collapse.errors import UserError, attempt
from collapse.report.document import plain
from collapse.report.numbers import number
from collapse.scenario.claims import Claim, Finding, check
from collapse.scenario.load import build, find
from collapse.scenario.published import TOGETHER, decidable, paper_of
from collapse.scenario.scenario import Scenario, takes
from collapse.scenario.verdicts import NEEDS_MORE

NOT_RUN = "not run"


def built(name: str, size: str) -> Scenario:
    """The scenario of that name or file at a size, if it takes one."""
    return build(name, size=size if takes(find(name), "size") else None)


def rows_of(name: str, settings: dict) -> tuple[list[dict], list[str]]:
    """One row about a scenario, with its claims, and errors: the work of a process.

    ``settings``: size, out, the papers asked for (none: all of the scenario) and ``run``, without
    which nothing is run. Directories in the row are those in ``out``.
    """
    errors: list[str] = []
    row = attempt(errors, _row, name, settings)
    return ([plain(row)] if row else []), errors


def kept_of(name: str, settings: dict) -> list[Path]:
    """Where in ``out`` the runs and the evidence of a scenario are kept."""
    place, size = Path(settings["out"]), settings["size"]
    own = built(name, size).name if name.endswith(".py") else name
    found = [f"{size}/evidence/{own}", f"{size}/runs/{own}"]
    return [
        path.relative_to(place)
        for pattern in (*found, f"{size}/runs/{own}-????????")
        for path in place.glob(pattern)
    ]


def _row(name: str, settings: dict) -> dict:
    size, keys = settings["size"], settings["papers"]
    scenario = built(name, size)
    claims = [c for c in scenario.claims if c.kind == "published"]
    claims = [c for c in claims if not keys or paper_of(c, scenario) in keys]
    if not claims:
        raise UserError(f"The scenario {scenario.name} makes no published claims.")
    nameless = [claim.name for claim in claims if not paper_of(claim, scenario)]
    if nameless:
        raise UserError(
            f"Claims of {scenario.name} say of no paper: {', '.join(nameless)}. Give the scenario "
            'paper="KEY", a key of a BibTeX entry.'
        )
    row = {
        "scenario": scenario.name,
        "title": scenario.title,
        "papers": list(dict.fromkeys(paper_of(c, scenario) for c in claims)),
        "minutes": scenario.minutes,
        "size": size,
        "seconds": None,
        "directory": None,
    }
    if not settings["run"]:
        return row | {"claims": [unrun(c, scenario, NOT_RUN, "") for c in claims]}
    if not runs_at(scenario, size):
        hint = f"run it with --size {next_size(scenario, size)}"
        return row | {"claims": [unrun(c, scenario, NEEDS_MORE, hint) for c in claims]}
    return row | _checked(scenario, claims, size, Path(settings["out"]))


def _checked(scenario: Scenario, claims: list[Claim], size: str, out: Path) -> dict:
    """Claims with their findings, the time they took, and where the run is."""
    names = {claim.evidence for claim in claims if decidable(claim, size)}
    known = {*scenario.arms, *scenario.evidence, TOGETHER}
    if names - known:
        raise UserError(
            f"Claims of {scenario.name} name unknown evidence: {sorted(names - known)}."
        )
    records = Records(scenario, out / size, names)
    run = records.run() if records.arms else None
    record = {name: records.of(name, run) for name in names}
    rows = [
        row_of(check(claim, record[claim.evidence], KEY), scenario)
        if decidable(claim, size)
        else unrun(claim, scenario, NEEDS_MORE, f"decided from --size {claim.size} on")
        for claim in claims
    ]
    where = str(records.directory.relative_to(out)) if run else None
    return {"claims": rows, "seconds": records.seconds, "directory": where}


def about(claim: Claim, scenario: Scenario) -> dict:
    """What a claim says before anything is run."""
    return {
        "paper": paper_of(claim, scenario),
        "scenario": scenario.name,
        "claim": claim.name,
        "source": claim.source,
        "printed": claim.printed,
        "differs": claim.differs,
        "note": claim.note,
    }


def unrun(claim: Claim, scenario: Scenario, verdict: str, reason: str) -> dict:
    """The row of a claim that was not checked."""
    at = np.array(claim.at)
    values = claim.expected(at) if callable(claim.expected) else claim.expected
    numbers = ", ".join(number(float(x), 4) for x in np.ravel(values))
    row = {"printed": claim.printed or numbers, "verdict": verdict, "reason": reason}
    return about(claim, scenario) | row


def row_of(finding: Finding, scenario: Scenario) -> dict:
    """The row of a claim that was checked."""
    claim = finding.claim
    bound = {"both": "", "at least": "at least ", "at most": "at most "}[claim.side]
    expected = f"{bound}{number(finding.expected, 4)}"
    return about(claim, scenario) | {
        "printed": claim.printed or expected,
        "expected": expected,
        "ours": finding.estimate,
        "generation": finding.at,
        "verdict": finding.verdict,
        "reason": finding.reason,
    }

"""Plant bugs one at a time, and see which claim or test notices: ``python -m tests.mutations``.

Each is planted in a copy of the tree. First the claims that bear on it are looked at, then all
others of a default ``collapse verify``, then the tests that are named with it; the first that fails
ends it. Results are kept in a file outside the tree, so that a run that was stopped goes on, and
``--table`` writes them to docs/mutations.md. Compiled programs are shared by all mutations.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.mutations.kind import Mutation
from tests.mutations.look import FAILING
from tests.mutations.planted import MUTATIONS
from tests.shared import ROOT

KEPT = Path(tempfile.gettempdir()) / "collapse-mutations"
FOLDERS = ("collapse", "scenarios", "figures", "tests", "docs")
NOBODY = "nobody"


def copied(to: Path) -> Path:
    """A fresh copy of the tree, without what git does not track of it."""
    shutil.rmtree(to, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__", ".*")
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, to / folder, ignore=unwanted)
    for file in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / file, to / file)
    return to


def run_in(tree: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and last line of what Python says in that tree."""
    where = {"PYTHONPATH": str(tree), "COLLAPSE_CACHE": str(KEPT / "compiled")}
    command = [sys.executable, "-B", "-m", *arguments]
    done = subprocess.run(command, cwd=tree, env=os.environ | where, capture_output=True, text=True)
    said = (done.stdout if done.stdout.strip() else done.stderr).strip().splitlines()
    return done.returncode, said[-1] if said else ""


def noticed(tree: Path, where: str, tests: str, quick: bool) -> tuple[str, str]:
    """Who notices: a claim, a test or nobody, and which; "error" where Python stopped with one."""
    places = where.split()
    for arguments in (places,) if quick else (places, ["--but", *places]):
        code, said = run_in(tree, "tests.mutations.look", *arguments)
        if code:
            return ("claim" if code == FAILING else "error"), said
    for file in () if quick else tests.split():
        code, said = run_in(tree, "pytest", "-q", "-x", file)
        if code:
            return "test", file
    return NOBODY, ""


def planted(tree: Path, mutation: Mutation) -> None:
    """Put the bug into the tree, which is a fresh copy otherwise."""
    file = tree / mutation.file
    text = (ROOT / mutation.file).read_text()
    file.write_text(text.replace(mutation.old, mutation.new))


def mark(mutation: Mutation) -> str:
    """What a result is kept under: the bug as it is planted."""
    return hashlib.sha256("\n".join(mutation[1:4]).encode()).hexdigest()[:12]


def run(results: dict, file: Path, only: str, quick: bool) -> None:
    """Plant what has no result yet, and keep each result as it comes."""
    tree = copied(KEPT / "tree")
    for number, mutation in enumerate(MUTATIONS, 1):
        if mark(mutation) in results or only not in mutation.what:
            continue
        planted(tree, mutation)
        started = time.monotonic()
        by, which = noticed(tree, mutation.where, mutation.tests, quick)
        (tree / mutation.file).write_text((ROOT / mutation.file).read_text())
        if by != NOBODY or not quick:
            results[mark(mutation)] = [by, which]
        file.write_text(json.dumps(results, indent=1))
        took = time.monotonic() - started
        print(f"{number:2} {took:4.0f} s  {mutation.what}: {by} {which}", flush=True)


def table(results: dict) -> str:
    """The page: every bug, and what notices it."""
    rows, count = [], dict.fromkeys(("claim", "test", NOBODY, "error", "not run"), 0)
    for mutation in MUTATIONS:
        by, which = results.get(mark(mutation), ["not run", ""])
        count[by] += 1
        which = which.replace("|", "\\|")
        who = {"claim": which, "test": f"`{which}`", "error": f"stops: {which}"}.get(
            by, f"**{by}**"
        )
        rows.append(f"| {mutation.what} | `{mutation.file.removeprefix('collapse/')}` | {who} |")
    extra = sum(which.endswith("(extra)") for _, which in results.values())
    lines = [
        "# Planted bugs, and what notices them",
        "",
        f"{len(MUTATIONS)} bugs of one line each, planted one at a time in a copy of the tree by",
        "`python -m tests.mutations`; the lines are in `tests/mutations`. For each, the",
        "claims that bear on it are looked at first, as `collapse verify` of that scenario does,",
        "then all others of a default `collapse verify`, and the tests named with it only where no",
        "claim fails.",
        "",
        f"Noticed by a claim: {count['claim']}, of these {extra} by one that `collapse verify`",
        f"looks at when its scenario is named (extra). By a test alone: {count['test']}. "
        f"By nobody: {count[NOBODY]}."
        + (f" Not run: {count['not run']}." if count["not run"] else "")
        + (f" Stopped with an error: {count['error']}." if count["error"] else ""),
        "",
        "| bug | file in `collapse` | noticed by |",
        "|---|---|---|",
        *rows,
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    parser.add_argument("--results", type=Path, default=KEPT / "results.json")
    parser.add_argument("--only", default="", help="mutations whose description holds this text")
    parser.add_argument(
        "--unnoticed", action="store_true", help="run those again that no claim saw"
    )
    parser.add_argument("--quick", action="store_true", help="look at the claims that bear on it")
    parser.add_argument("--table", action="store_true", help="write docs/mutations.md, run nothing")
    given = parser.parse_args()
    given.results.parent.mkdir(parents=True, exist_ok=True)
    results = json.loads(given.results.read_text()) if given.results.is_file() else {}
    if given.table:
        (ROOT / "docs" / "mutations.md").write_text(table(results))
        return
    if given.unnoticed:
        results = {key: found for key, found in results.items() if found[0] == "claim"}
    run(results, given.results, given.only, given.quick)


if __name__ == "__main__":
    main()

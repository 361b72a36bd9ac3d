"""Shared by tests: real data, which lie beside a checkout and not in it, and all curves."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent  # the checkout
SHARED = ROOT.parent / "shared" / "data"
SLOTS = ("truth", "model", "judge", "regime", "learner", "sampler", "measures", "n", "generations")


def shared(path: str) -> Path:
    """A file of the shared data; without it the test is skipped."""
    if not (SHARED / path).exists():
        pytest.skip(f"no shared data: {path} is not beside this checkout")
    return SHARED / path


def shipped_curves() -> dict:
    """{name: Curve} of every measure in ``collapse.measures``, with the settings it has by
    itself."""
    import importlib
    import pkgutil

    import collapse
    import collapse.measures

    found = {}
    for home in pkgutil.iter_modules(collapse.measures.__path__):
        module = importlib.import_module(f"collapse.measures.{home.name}")
        for kind in vars(module).values():
            ours = isinstance(kind, type) and kind.__module__ == module.__name__
            if not ours or not issubclass(kind, collapse.Measure):
                continue
            rewarded = (collapse.PassAt, collapse.GoldReward, collapse.RightAnswers)
            rewarded += (collapse.DiversityLoss,)
            settings = (collapse.Length(),) if kind in rewarded else ()
            lists = isinstance(kind.curves, dict)  # else of its settings
            found |= kind.curves if lists else kind(*settings).curves
    return found


def slots(*parts) -> dict:
    """The parts of an arm by the names of its first fields, in order."""
    return dict(zip(SLOTS, parts, strict=False))

"""Real data for tests, which lie beside a checkout and not in it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def shared(path: str) -> Path:
    """A file of the shared data; without it the test is skipped."""
    if not (SHARED / path).exists():
        pytest.skip(f"no shared data: {path} is not beside this checkout")
    return SHARED / path

"""Drawing takes longer than measuring: only tests that ask for ``drawn`` draw."""

import pytest


@pytest.fixture(autouse=True)
def undrawn(request, monkeypatch):
    if "drawn" not in request.fixturenames:
        monkeypatch.setattr("collapse.report.figures.save_drawing", lambda draw, stem: [])


@pytest.fixture
def drawn():
    """Draw the figures of this test."""

"""The claims on mixtures pass on their chains, and fail on ones that are slightly wrong."""

import jax
import numpy as np
import pytest

from collapse import grid_of_gaussians
from collapse.models.distributions import em
from tests.scenarios.held import all_fail, all_pass, failing, findings, late, record_of, scenario_of

LAWS = "mixture-laws"


@pytest.fixture(scope="module")
def grid():
    return record_of(LAWS, "grid")


@pytest.fixture(scope="module")
def accumulated():
    return record_of(LAWS, "grid-accumulated")


def evidence(name):
    scenario = scenario_of(LAWS)
    return scenario.evidence[name](jax.random.key(0), scenario.seeds)


def verdicts(name, record, containing=""):
    return {finding.verdict for finding in findings(LAWS, name, record, containing).values()}


def backwards(record):
    return {"curves": {name: curve[:, ::-1] for name, curve in record["curves"].items()}}


def test_enough_claims_are_made():
    assert len(scenario_of(LAWS).claims) >= 20


@pytest.mark.slow
def test_replace_is_told_from_one_generation_later_and_from_accumulate(grid, accumulated):
    assert all_pass(LAWS, "grid", grid)
    words = ("live modes", "of different modes", "among the items", "share of the modes")
    for one in words:
        assert all_fail(LAWS, "grid", late(grid), one), one
        assert all_fail(LAWS, "grid", accumulated, one), one
    assert all_fail(LAWS, "grid", accumulated, "mean variance")
    assert verdicts("grid", accumulated, "the variance keeps") == {"does not hold"}
    assert verdicts("grid", backwards(grid), "fewer modes") == {"does not hold"}


@pytest.mark.slow
def test_accumulate_is_told_from_replace(grid, accumulated):
    assert all_pass(LAWS, "grid-accumulated", accumulated)
    assert len(failing(LAWS, "grid-accumulated", grid)) == 4
    assert verdicts("grid-accumulated", late(grid), "more of them") == {"does not hold"}


@pytest.mark.slow
def test_a_fit_that_loses_the_modes_of_a_single_row_is_found(monkeypatch):
    monkeypatch.setattr(em, "EMPTY", 0.03)  # of 50 rows, one is 0.02
    model = grid_of_gaussians(5, iterations=2)  # nothing compiled for the right fit is used
    lossy = record_of(LAWS, "grid", model=model)
    for one in ("live modes", "items are of different modes", "share of the modes"):
        assert all_fail(LAWS, "grid", lossy, one), one


@pytest.mark.slow
def test_one_component_is_told_from_one_generation_later():
    single = record_of(LAWS, "one-component")
    assert all_pass(LAWS, "one-component", single)
    assert all_fail(LAWS, "one-component", late(single), "ln var")
    assert all_fail(LAWS, "one-component", late(single), "error of the mean")


@pytest.mark.slow
def test_distances_that_shrink_and_sizes_exchanged_are_found():
    sizes = evidence("two-sizes")
    curves = sizes["curves"]
    assert verdicts("two-sizes", sizes) == {"passes", "holds in shape"}
    assert verdicts("two-sizes", backwards(sizes), "most chains") == {"does not hold"}
    exchanged = {"curves": curves | {"gap": -curves["gap"]}}
    assert verdicts("two-sizes", exchanged, "with few rows than") == {"does not hold"}
    wider = {"curves": curves | {"kept": 1.002 * curves["kept"]}}
    assert all_fail(LAWS, "two-sizes", wider, "variance of its rows")
    still = {"curves": curves | {"variance": np.ones_like(curves["variance"]) * 2.125}}
    assert all_fail(LAWS, "two-sizes", still, "mean variance")


@pytest.mark.slow
def test_held_out_points_that_stay_likely_are_found():
    shapes = evidence("shapes")
    assert verdicts("shapes", shapes) == {"holds in shape"}
    assert verdicts("shapes", backwards(shapes)) == {"does not hold"}

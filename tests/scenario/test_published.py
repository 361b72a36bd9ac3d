"""Claims of papers: each verdict, from both sides."""

import numpy as np
import pytest

from collapse.scenario import verdicts
from collapse.scenario.claims import check
from collapse.scenario.published import decidable, in_every_seed, number, paper_of, shape
from collapse.scenario.scenario import Scenario

RNG = np.random.default_rng(0)
VALUES = RNG.normal(5.0, 2.0, (400, 3))
VALUES += 5.0 - VALUES.mean(0)
ERROR = 2 / np.sqrt(400)


def found(claim, values=VALUES):
    return check(claim, {"curves": {"a/x": values}})


def seen(record):
    return record["curves"]["a/x"]


def test_a_number_holds_within_chance_and_its_own_error():
    at = (0, 1, 2)
    for printed, error, verdict in (
        (5.0, 0.0, "holds"),
        (5.0 + 8 * ERROR, 0.0, "does not hold"),
        (5.0 - 8 * ERROR, 0.0, "does not hold"),
        (5.0 + 8 * ERROR, 8 * ERROR, "holds"),
    ):
        finding = found(number("mean", "eq. 1", "a/x", printed, at, error=error))
        assert finding.verdict == verdict
        assert finding.estimate.low < finding.estimate.value < finding.estimate.high
        assert finding.estimate.n == 400


def test_the_worst_of_several_numbers_decides():
    printed = [5.0, 5.0 + 8 * ERROR, 5.0]
    finding = found(number("means", "eq. 1", "a/x", printed, (0, 1, 2)))
    assert finding.verdict == "does not hold"
    assert finding.at == 1
    assert finding.expected == printed[1]


def test_a_number_whose_interval_says_little_needs_more_compute():
    few = VALUES[:3]
    claim = number("mean", "eq. 1", "a/x", 5.0, (0, 1, 2))
    assert found(claim, few).verdict == "needs more compute"
    assert "more seeds" in found(claim, few).reason
    assert found(claim, VALUES[:1]).verdict == "needs more compute"


def test_a_shape_needs_the_whole_interval_on_its_side():
    for bound, verdict in ((4.0, "holds"), (5.0, "needs more compute"), (6.0, "does not hold")):
        assert found(shape("x", "fig. 1", seen, "is high", above=bound)).verdict == verdict
    for bound, verdict in ((6.0, "holds"), (5.0, "needs more compute"), (4.0, "does not hold")):
        assert found(shape("x", "fig. 1", seen, "is low", below=bound)).verdict == verdict
    with pytest.raises(ValueError, match="give one of the two"):
        shape("x", "fig. 1", seen, "is high")


def test_a_shape_at_other_settings_holds_in_shape_and_a_number_holds():
    more = {"differs": "n = 10, not 100"}
    assert found(shape("x", "fig. 1", seen, "high", above=4.0, **more)).verdict == "holds in shape"
    assert found(number("x", "fig. 1", "a/x", 5.0, (0, 1, 2), **more)).verdict == "holds"
    assert found(shape("x", "fig. 1", seen, "high", above=6.0, **more)).verdict == "does not hold"


def test_in_every_seed_means_in_every_seed():
    claim = in_every_seed("rises", lambda r: seen(r)[:, 0] > 0, "none", 2, differs="small")
    good = np.abs(VALUES[:3]) + 1
    assert found(claim, good).verdict == "holds in shape"
    assert found(claim, good * [[1], [-1], [1]]).verdict == "does not hold"


def test_the_note_is_the_reason_of_what_does_not_hold():
    claim = number("mean", "eq. 1", "a/x", 9.0, (0, 1, 2), note="eq. 1 lacks a factor")
    assert found(claim).reason == "eq. 1 lacks a factor"
    assert found(number("mean", "eq. 1", "a/x", 9.0, (0, 1, 2))).reason.startswith("measured ")


def test_not_a_number_does_not_hold():
    broken = np.where(VALUES > 9, np.nan, VALUES)
    for claim in (
        number("x", "none", "a/x", 5.0, (0, 1, 2), error=1e9),
        shape("x", "none", seen, "high", above=-1e9),
    ):
        assert found(claim, broken).verdict == "does not hold"


def test_a_false_number_is_rarely_claimed_to_hold_and_a_true_one_rarely_not():
    """Over many samples of 30 seeds: true numbers fail less than once in a thousand; a true order
    of four standard errors is seen in most, and the wrong one in none."""
    samples = np.random.default_rng(1).normal(1.0, 1.0, (1000, 30, 1))
    size = {"side": "both", "spread": "estimated", "differs": ""}

    def words(expected, **more):
        zero = np.zeros(1)
        given = size | more
        return [
            verdicts.reported(
                x, np.array([expected]), zero, x.std(0, ddof=1) / 30**0.5, **given
            ).word
            for x in samples
        ]

    assert words(1.0).count("does not hold") <= 1
    low = 1.0 - 4 / 30**0.5
    shapes = words(low, side="at least")
    assert shapes.count("holds") > 900
    assert shapes.count("does not hold") == 0


def test_claims_of_a_larger_size_and_of_other_papers():
    scenario = Scenario("s", paper="one2024")
    claim = number("x", "eq. 1", "a/x", 1.0, size="laptop")
    assert not decidable(claim, "quick")
    assert decidable(claim, "laptop")
    assert paper_of(claim, scenario) == "one2024"
    assert paper_of(number("x", "eq. 1", "a/x", 1.0, paper="two2025"), scenario) == "two2025"

"""``collapse forecast``: the exponent behind measured answers, and what retraining does."""

import json

import numpy as np
import pytest
from scipy import stats

from collapse.errors import Mistake
from collapse.forecasting.retraining import retrained
from collapse.forecasting.sharpness import Sharpness, expected_entropy, powered, sharpness
from collapse.indices.counts import entropy
from tests.shared import shared

ZIPF = powered(1 / np.arange(1.0, 1001), 1.0)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def test_expected_entropy_is_that_of_all_samples(rng):
    """By the binomial for two answers, by simulation for many; not the entropy of q itself."""
    k = np.arange(1, 8)
    for q in (0.5, 0.1):
        chance = stats.binom.pmf(k, 8, q)
        by_hand = -(chance * (k / 8 * np.log(k / 8) + (1 - k / 8) * np.log(1 - k / 8))).sum()
        assert expected_entropy(np.array([q, 1 - q]), 8) == pytest.approx(by_hand, rel=1e-12)
    q = powered(ZIPF, 1.4)
    sets = np.array([entropy(counts) for counts in rng.multinomial(300, q, 400)])
    error = sets.std() / np.sqrt(len(sets))
    assert abs(expected_entropy(q, 300) - sets.mean()) < 4 * error
    assert abs(-(q * np.log(q)).sum() - sets.mean()) > 20 * error


@pytest.mark.parametrize("gamma", [0.8, 1.3, 2.0])
def test_the_exponent_is_found_and_its_interval_holds_it(rng, gamma):
    """Of 60 sets of 800 answers, by ranks alone: the mean within its error, and 95 % intervals that
    hold it in at least 85 of 100 (as 0.95 less four standard errors)."""
    sets = rng.multinomial(800, powered(ZIPF, gamma), 60)
    found = [sharpness(counts, None) for counts in sets]
    values = np.array([f.gamma for f in found])
    assert abs(values.mean() - gamma) < 4 * values.std() / np.sqrt(len(sets)) + 0.005
    held = np.mean([f.low <= gamma <= f.high for f in found])
    assert held >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / len(sets))
    assert not any(f.low <= gamma * 1.3 <= f.high for f in found)
    assert all(f.fits for f in found)


def test_a_reference_is_compared_answer_by_answer(rng):
    """Where ranks would be misled: here the law is no Zipf law, and the exponent is found all the
    same, as one where the answers are the reference's own."""
    p = powered(rng.dirichlet(np.ones(40)) + 0.002, 1.0)
    reference = rng.multinomial(200_000, p)
    for gamma in (1.0, 1.7):
        sets = rng.multinomial(500, powered(p, gamma), 100)
        found = [sharpness(counts, reference) for counts in sets]
        assert {f.how for f in found} == {"answers"}
        values = np.array([f.gamma for f in found])
        assert abs(values.mean() - gamma) < 4 * values.std() / np.sqrt(len(sets)) + 0.01
        held = np.mean([f.low <= gamma <= f.high for f in found])
        assert held > 0.95 - 4 * np.sqrt(0.95 * 0.05 / len(sets))


def test_another_shape_is_told(rng):
    """A hundred answers, all as likely: no power of a Zipf law has so many and no more."""
    assert not sharpness(rng.multinomial(2000, np.full(100, 0.01)), None).fits


def test_every_retraining_takes_the_power_again():
    """p^(gamma^(t + 1)) after t of them, with answers enough; with real data it is held above."""
    gamma, n, p = 1.2, 10_000, powered(ZIPF[:50], 1.0)  # few, so that samples tell them well
    sharp = Sharpness(gamma, 1.1, 1.3, p, "ranks", n, {"top_4": 0.5}, {"top_4": 0.5})
    number = retrained(sharp, 0.0, None)["effective_number"].mean(0)
    law = [np.exp(expected_entropy(powered(p, gamma ** (t + 1)), n)) for t in range(4)]
    np.testing.assert_allclose(number[:4], law, rtol=0.02)
    assert abs(number[2] / law[1] - 1) > 0.2
    mixed = retrained(sharp, 0.5, None)["effective_number"].mean(0)
    assert (mixed[1:] > 1.1 * number[1:]).all()


def lines(path, counts):
    path.write_text("\n".join(f"answer {i}" for i, m in enumerate(counts) for _ in range(m)))
    return path


def test_a_file_in_a_forecast_out(run, tmp_path, rng):
    counts = rng.multinomial(400, powered(ZIPF, 1.5))
    file = lines(tmp_path / "said.txt", counts)
    code, out, err = run(
        "forecast", file, "--real", 0, "--real", 0.3, "--judge", "typicality", "--json"
    )
    assert (code, err) == (0, "")
    document = json.loads(out)
    assert list(document["curves"]) == ["0", "0.3"]
    assert document["gamma"]["low"] < 1.5 < document["gamma"]["high"]
    assert "sees which answer it is" in " ".join(document["assumptions"])
    now = document["curves"]["0"]["effective_number"][0]["centre"]
    assert now == pytest.approx(np.exp(entropy(counts)), rel=0.1)
    assert (tmp_path / "forecasts" / "said" / "forecast.png").stat().st_size > 0


def test_what_the_data_cannot_support_is_said(run, tmp_path):
    few, alike = lines(tmp_path / "few.txt", [5, 5]), lines(tmp_path / "all.txt", [1] * 80)
    code, _, err = run("forecast", few, "--real", 2)
    assert code == 2
    assert "needs at least 50" in err
    assert "--real must be from 0 to 1" in err
    code, _, err = run("forecast", alike)
    assert (code, "nothing is said twice" in err) == (2, True)
    some = lines(tmp_path / "some.txt", [40, 30, 20])
    other = tmp_path / "other.txt"
    other.write_text("\n".join(f"another {i % 30}" for i in range(400)))
    code, _, err = run("forecast", some, "--reference", other)
    assert (code, "holds 0% of the answers" in err) == (2, True)
    with pytest.raises(Mistake, match="No exponent explains"):
        sharpness(np.array([40, 30, 30]), np.array([100, 100, 100]))


def test_the_jokes_of_a_model(run):
    """1,011 jokes of ChatGPT: the forecast starts where they are, and sharper they get."""
    path = shared("llm_outputs/jokegpt/jokes_clean.txt")
    code, out, _ = run("forecast", path, "--real", 0, "--json")
    document = json.loads(out)
    assert code == 0
    assert 1.25 < document["gamma"]["value"] < 1.37
    curve = [band["centre"] for band in document["curves"]["0"]["effective_number"]]
    assert curve[0] == pytest.approx(31.0, rel=0.05)
    assert (np.diff(curve[:6]) < 0).all()

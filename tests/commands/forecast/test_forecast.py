"""``collapse forecast``: the exponent behind measured answers, and what retraining does."""

import json
import time

import numpy as np
import pytest
from scipy import stats

from collapse.commands.forecast.exponent import Sharpness, expected_entropy, powered, sharpness
from collapse.commands.forecast.retraining import measured, retrained
from collapse.errors import UserError
from collapse.metrics.counts import entropy
from collapse.stats.estimate import Estimate
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


@pytest.mark.slow
@pytest.mark.parametrize("gamma", [0.8, 1.3, 2.0])
def test_the_exponent_is_found_and_its_interval_holds_it(rng, gamma):
    """Of 60 sets of 800 answers, by ranks alone: the mean within its error, and 95 % intervals that
    hold it in at least 85 of 100 (as 0.95 less four standard errors)."""
    sets = rng.multinomial(800, powered(ZIPF, gamma), 60)
    found = [sharpness(counts, None) for counts in sets]
    values = np.array([f.gamma.value for f in found])
    assert abs(values.mean() - gamma) < 4 * values.std() / np.sqrt(len(sets)) + 0.005
    held = np.mean([f.gamma.low <= gamma <= f.gamma.high for f in found])
    assert held >= 0.95 - 4 * np.sqrt(0.95 * 0.05 / len(sets))
    assert not any(f.gamma.low <= gamma * 1.3 <= f.gamma.high for f in found)
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
        values = np.array([f.gamma.value for f in found])
        assert abs(values.mean() - gamma) < 4 * values.std() / np.sqrt(len(sets)) + 0.01
        held = np.mean([f.gamma.low <= gamma <= f.gamma.high for f in found])
        assert held > 0.95 - 4 * np.sqrt(0.95 * 0.05 / len(sets))


def test_another_shape_is_told(rng):
    """A hundred answers, all as likely: no power of a Zipf law has so many and no more."""
    assert not sharpness(rng.multinomial(2000, np.full(100, 0.01)), None).fits


@pytest.mark.slow
def test_every_retraining_takes_the_power_again():
    """p^(gamma^(t + 1)) after t of them, with answers enough; with real data it is held above."""
    gamma, n, p = 1.2, 10_000, powered(ZIPF[:50], 1.0)  # few, so that samples tell them well
    counts = np.round(n * powered(p, gamma)).astype(int)
    counts[0] += n - counts.sum()
    sharp = Sharpness(
        Estimate(gamma, 1.1, 1.3), p, counts, "ranks", n, {"top_4": 0.5}, {"top_4": 0.5}
    )
    number = retrained(sharp, 0.0, None)["effective_number"].mean(0)
    law = [np.exp(expected_entropy(powered(p, gamma ** (t + 1)), n)) for t in range(4)]
    np.testing.assert_allclose(number[:4], law, rtol=0.02)
    assert abs(number[2] / law[1] - 1) > 0.2
    mixed = retrained(sharp, 0.5, None)["effective_number"].mean(0)
    assert (mixed[1:] > 1.1 * number[1:]).all()


def lines(path, counts):
    path.write_text("\n".join(f"answer {i}" for i, m in enumerate(counts) for _ in range(m)))
    return path


@pytest.mark.slow
def test_a_file_in_a_forecast_out(run, tmp_path, rng):
    counts = rng.multinomial(400, powered(ZIPF, 1.5))
    file = lines(tmp_path / "said.txt", counts)
    code, out, err = run(
        "forecast", file, "--real", 0, "--real", 0.3, "--judge", "typicality", "--json"
    )
    assert (code, err) == (0, "")
    (document,) = json.loads(out)["forecasts"]
    assert list(document["curves"]) == ["0", "0.3"]
    assert document["gamma"]["low"] < 1.5 < document["gamma"]["high"]
    assert "sees the number of an answer" in " ".join(document["assumptions"])
    now = document["curves"]["0"]["effective_number"][0]
    assert now["value"] == pytest.approx(np.exp(entropy(counts)), rel=1e-6)  # as it was measured
    assert (now["low"], now["n"]) == (None, 1)
    assert (tmp_path / "forecasts" / "said" / "forecast.png").stat().st_size > 0


def test_what_the_data_cannot_support_is_said(run, tmp_path):
    few, alike = lines(tmp_path / "few.txt", [5, 5]), lines(tmp_path / "all.txt", [1] * 80)
    code, _, err = run("forecast", few, "--real", 2)
    assert code == 2
    assert "needs at least 50" in err
    assert "--real must be from 0 to 1" in err
    code, _, err = run("forecast", alike)
    assert (code, "answers differ, so that no" in err) == (2, True)
    some = lines(tmp_path / "some.txt", [40, 30, 20])
    other = tmp_path / "other.txt"
    other.write_text("\n".join(f"another {i % 30}" for i in range(400)))
    code, _, err = run("forecast", some, "--reference", other)
    assert (code, "holds 0% of the answers" in err) == (2, True)
    with pytest.raises(UserError, match="No exponent explains"):
        sharpness(np.array([40, 30, 30]), np.array([100, 100, 100]))


@pytest.mark.slow
@pytest.mark.data
def test_the_jokes_of_a_model(run):
    """1,011 jokes of ChatGPT: the forecast starts where they are, and sharper they get."""
    path = shared("llm_outputs/jokegpt/jokes_clean.txt")
    code, out, _ = run("forecast", path, "--real", 0, "--json")
    (document,) = json.loads(out)["forecasts"]
    assert code == 0
    assert 1.25 < document["gamma"]["value"] < 1.37
    curve = [band["value"] for band in document["curves"]["0"]["effective_number"]]
    assert curve[0] == pytest.approx(31.0, abs=0.05)
    assert (np.diff(curve[:6]) < 0).all()


# What nothing can be told of


@pytest.mark.parametrize(
    ("counts", "why"),
    [
        ([2, 2] + [1] * 1996, "sample coverage"),
        ([2] + [1] * 498, "sample coverage"),
        ([100], "the same"),
        ([2000] + [1] * 2000, "a forecast takes at most"),
        ([2] * 900, "No exponent from"),
    ],
)
def test_what_cannot_be_told_is_refused_at_once(counts, why):
    """Two answers of 2,000 said twice, one of 500: no law is told by them, least of all one of a
    million answers. Nothing of that size is worked out."""
    started = time.process_time()
    with pytest.raises(UserError, match=why):
        sharpness(np.array(counts), None)
    assert time.process_time() - started < 2


@pytest.mark.slow
def test_two_answers_are_no_more_than_two(run, tmp_path):
    """52 of one and 48 of the other: the effective number is theirs, and none is ever above 2."""
    code, out, _ = run("forecast", lines(tmp_path / "two.txt", [52, 48]), "--real", 0, "--json")
    assert code == 0
    (one,) = json.loads(out)["forecasts"]
    bands = one["curves"]["0"]["effective_number"]
    assert bands[0]["value"] == pytest.approx(1.9984, abs=5e-5)
    assert all(band["value"] <= 2.0001 for band in bands)
    assert all(band["low"] is None or band["low"] >= 1 for band in bands)


def test_real_data_take_the_place_of_any_answers(rng):
    """Measured answers come in any order, so that those that real data replace are no chosen ones;
    as many of each as were counted."""
    counts = np.array([500, 300, 200, 0])
    rows = measured(rng, counts, 1000)
    assert all((np.bincount(row, minlength=4) == counts).all() for row in rows)
    first = np.stack([np.bincount(row[:300], minlength=4) for row in rows]).mean(0)
    error = 300 * np.sqrt(0.25 / (300 * len(rows)))
    assert np.abs(first - [150, 90, 60, 0]).max() < 4 * error
    few = measured(rng, counts, 100)
    assert (few.shape[1], np.bincount(few.ravel(), minlength=4)[3]) == (100, 0)


# Models and prompts


def table(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def said(rng, gamma, of="", **more):
    """400 answers as records."""
    counts = rng.multinomial(400, powered(ZIPF, gamma))
    texts = [f"{of}answer {i}" for i, m in enumerate(counts) for _ in range(m)]
    return [{"response": text} | more for text in texts]


@pytest.mark.slow
def test_models_and_prompts_are_not_pooled(run, tmp_path, rng):
    """Two models of another sharpness each: without --group-by the file is refused, with it each
    has its own exponent, and the pooled file would have had another."""
    rows = said(rng, 1.1, model="flat") + said(rng, 2.0, model="sharp")
    file = table(tmp_path / "said.jsonl", rows)
    code, out, err = run("forecast", file, "--field", "response")
    assert (code, out) == (2, "")
    assert "a column model with 2 different values" in err
    assert "--group-by model" in err
    arguments = ("--field", "response", "--real", 0, "--json")
    code, out, _ = run("forecast", file, "--group-by", "model", *arguments)
    found = {one["of"]: one["gamma"] for one in json.loads(out)["forecasts"]}
    assert list(found) == ["flat", "sharp"]
    assert found["flat"]["low"] < 1.1 < found["flat"]["high"] < 1.5
    assert 1.5 < found["sharp"]["low"] < 2.0 < found["sharp"]["high"]
    assert (tmp_path / "forecasts" / "said" / "forecast.png").stat().st_size > 0


@pytest.mark.slow
def test_prompts_have_a_forecast_each_and_so_has_the_reference(run, tmp_path, rng):
    """To each prompt other answers, of which the reference has people's; a prompt with few answers
    is left out and told."""
    p, people, rows = powered(rng.dirichlet(np.ones(20)) + 0.01, 1.0), [], []
    for prompt, gamma in (("cats", 1.0), ("dogs", 2.0)):
        for count, where, power in ((5000, people, 1.0), (500, rows, gamma)):
            for i, m in enumerate(rng.multinomial(count, powered(p, power))):
                where += [{"prompt": prompt, "answer": f"{prompt} {i}"}] * m
    rows += [{"prompt": "birds", "answer": "none"}] * 9
    file = table(tmp_path / "said.jsonl", rows)
    beside = table(tmp_path / "people.jsonl", people)
    code, _, err = run("forecast", file, "--field", "answer")
    assert code == 2
    assert "--prompt prompt" in err
    arguments = ("--field", "answer", "--prompt", "prompt", "--reference", beside)
    code, out, err = run("forecast", file, *arguments, "--real", 0, "--json")
    assert code == 0, err
    document = json.loads(out)
    found = {one["of"]: one["gamma"] for one in document["forecasts"]}
    assert list(found) == ["cats", "dogs"]
    assert {one["how"] for one in document["forecasts"]} == {"answers"}
    assert found["cats"]["low"] < 1.0 < found["cats"]["high"] < found["dogs"]["low"] < 2.0
    assert document["notes"][-1].startswith("birds: There are 9 answers")


def test_more_forecasts_than_are_made_are_refused(run, tmp_path):
    rows = [{"model": f"m{i}", "response": "x"} for i in range(13)]
    file = table(tmp_path / "many.jsonl", rows)
    code, _, err = run("forecast", file, "--field", "response", "--group-by", "model")
    assert code == 2
    assert "13 models or prompts" in err

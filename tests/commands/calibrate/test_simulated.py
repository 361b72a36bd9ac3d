"""The audit of a judge with planted biases, read from files in three formats: intervals hold the
planted number in 95 % of the repetitions, and do not if the clusters are ignored."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ndtri

from collapse.commands.calibrate.findings import calibrate
from collapse.commands.calibrate.reading import read_verdicts
from collapse.commands.calibrate.verdicts import Verdicts
from tests.commands.calibrate.simulated import (
    REPEAT,
    SINGLE,
    TRUE,
    Pairs,
    alpacaeval_json,
    laws,
    pair_jsonl,
    singles_csv,
)

TIMES = 400
WITHIN = (0.93, 0.97)
PLACES = ("first", "consistent", "first_twice", "second_twice", "favours_first")
FORMATS = {
    "pairs": ("position", "quality", "length", "self", *PLACES),
    "alpacaeval": ("position", "length", "self"),
    "singles": ("quality", "length", "self", "noise", "repeat_noise"),
}
TRUTHS = {"pairs": TRUE, "alpacaeval": TRUE, "singles": SINGLE | {"repeat_noise": REPEAT}}


def verdicts(kind: str, random, folder, questions=60):
    """The verdicts of one made file, as read."""
    if kind == "pairs":
        return read_verdicts(pair_jsonl(folder / "v.jsonl", Pairs(random, questions)))
    if kind == "alpacaeval":
        made = Pairs(random, questions, judges=2, both=False, again=False)
        return read_verdicts(alpacaeval_json(folder / "v.json", made))
    return read_verdicts(singles_csv(folder / "v.csv", random, questions))


def truth(kind: str, questions: int = 100_000) -> dict[str, float]:
    """The planted numbers, and the shares that they imply."""
    return TRUTHS[kind] | (laws(questions) if kind == "pairs" else {})


def coverage(found: list[dict], name: str, true: float) -> tuple[float, float]:
    """The share of intervals that hold a number, and the distance of the mean from it in standard
    errors."""
    each = [estimates[name] for estimates in found]
    values = np.array([e.value for e in each])
    held = np.mean([e.low <= true <= e.high for e in each])
    return float(held), (values.mean() - true) / (values.std(ddof=1) / np.sqrt(len(values)))


@pytest.mark.parametrize("kind", FORMATS)
def test_one_file_finds_what_was_planted(tmp_path, kind):
    """A large file: each estimate is within four standard errors of what was planted."""
    random, wanted = np.random.default_rng(0), truth(kind, 20_000)
    found = calibrate(verdicts(kind, random, tmp_path, questions=600)).estimates
    for name in FORMATS[kind]:
        error = (found[name].high - found[name].low) / (2 * 1.96)
        assert abs(found[name].value - wanted[name]) < 4 * error, name
        assert found[name].n <= 600, name  # questions, not rows


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_the_intervals_cover(tmp_path, kind):
    """Each interval holds the planted number in 93 to 97 % of 400 repetitions, of which the
    binomial error is 1.1 %. Maximum likelihood exaggerates coefficients by some 2 % at this
    size, which is a fraction of their intervals."""
    random, wanted = np.random.default_rng(1), truth(kind)
    found = [calibrate(verdicts(kind, random, tmp_path)).estimates for _ in range(TIMES)]
    slack = 2 * np.sqrt(0.95 * 0.05 / TIMES)
    for name in FORMATS[kind]:
        held, _ = coverage(found, name, wanted[name])
        assert WITHIN[0] - slack < held < WITHIN[1] + slack, (name, held)
    shares = [coverage(found, name, wanted[name])[0] for name in FORMATS[kind]]
    assert WITHIN[0] < np.mean(shares) < WITHIN[1]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["pairs", "singles"])
def test_ignoring_the_questions_is_caught(tmp_path, kind):
    """The same files, rows taken as independent: intervals of what is shared by the verdicts on a
    question hold the number too rarely."""
    random, wanted = np.random.default_rng(2), truth(kind)
    found = [
        calibrate(replace(verdicts(kind, random, tmp_path), cluster=None)).estimates
        for _ in range(150)
    ]
    name = "quality" if kind == "pairs" else "noise"
    held, _ = coverage(found, name, wanted[name])
    assert held < WITHIN[0] - 2 * np.sqrt(0.95 * 0.05 / 150)


def labelled(random, questions=60, each=6):
    """Accepted or not, by a judge that is 80 % right with right items and 65 % with wrong ones,
    more so on some questions than on others; a third of the rows have no label, 55 % are right."""
    n = questions * each
    cluster = np.repeat(np.arange(questions), each)
    own = (
        np.sqrt(0.7) * random.normal(size=n) + np.sqrt(0.3) * random.normal(size=questions)[cluster]
    )
    label = (random.random(n) < 0.55).astype(float)
    accepted = (own < np.where(label == 1, ndtri(0.8), ndtri(0.35))).astype(float)
    person = np.where(random.random(n) < 0.2, 1 - label, label)
    score = np.clip(np.where(label == 1, 0.6, 0.3) + 0.2 * own, 0, 1)
    known = np.where(np.arange(n) % 3 == 0, np.nan, label)
    made = Verdicts(False, n, {"label": known}, None, accepted, cluster=cluster)
    graded = replace(made, score=score, accepted=None)
    return replace(made, people={"p": person, "q": label}), graded


@pytest.mark.slow
def test_what_is_told_by_labels_and_people_covers():
    """Shares of kept ones, the right among the unlabelled, kappa, alpha and the calibration error,
    whose true values come from one set of verdicts a thousand times as large."""
    random = np.random.default_rng(5)
    large = [calibrate(each).estimates for each in labelled(random, 40_000)]
    found: list[list] = [[], []]
    for _ in range(TIMES):
        for of, each in zip(found, labelled(random), strict=True):
            of.append(calibrate(each).estimates)
    slack = 2 * np.sqrt(0.95 * 0.05 / TIMES)
    wanted = {"keep_right": 0.8, "keep_wrong": 0.35, "right_unlabelled": 0.55}
    for name in (*wanted, "agreement", "kappa", "alpha"):
        true = wanted.get(name, large[0][name].value)
        held, _ = coverage(found[0], name, true)
        assert WITHIN[0] - slack < held < WITHIN[1] + slack, (name, held)
    for name in ("area", "calibration_error"):
        held, _ = coverage(found[1], name, large[1][name].value)
        assert WITHIN[0] - slack < held < WITHIN[1] + slack, (name, held)


def test_a_judge_without_biases_has_none(tmp_path):
    """The intervals of position, length and self hold 0, and the sentences say so."""
    none = dict.fromkeys(TRUE, 0.0)
    made = Pairs(np.random.default_rng(3), 300, true=none)
    found = calibrate(read_verdicts(pair_jsonl(tmp_path / "v.jsonl", made)))
    for name in ("position", "quality", "length", "self"):
        assert not found.estimates[name].excludes_zero, name
    said = " ".join(found.sentences)
    assert "Its bias for length is not significant" in said
    assert "Its bias for answers of its own model is not significant" in said
    assert not found.estimates["favours_first"].low > 0.5


def test_base_rates_stand_beside_the_numbers(tmp_path):
    found = calibrate(verdicts("pairs", np.random.default_rng(4), tmp_path))
    bases = {name: base.value for name, base in found.bases.items()}
    assert bases["first"] == bases["favours_first"] == bases["better"] == 0.5
    first = found.estimates["first"].value
    assert bases["consistent"] == pytest.approx(2 * first * (1 - first), abs=0.02)
    assert bases["repeated"] == pytest.approx(first**2 + (1 - first) ** 2, abs=0.02)
    assert found.estimates["repeated"].low > bases["repeated"]
    alone = [bases[name] for name in ("first_twice", "second_twice")]
    assert alone == pytest.approx([first**2, (1 - first) ** 2], abs=0.02)
    assert {bases[name] for name in TRUE} == {0}  # no such bias
    known = {name for name, each in found.estimates.items() if each.best is not None}
    assert known <= set(bases)

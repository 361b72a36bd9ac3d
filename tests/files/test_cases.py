"""The inputs that failed once, which lie beside a checkout, and the right value of each. Every kind
has a test of its own that writes its input; here the files themselves are read."""

import json
from math import log

import numpy as np
import pytest

from collapse.commands.calibrate.findings import calibrate
from collapse.commands.calibrate.judge_file import no_judge
from collapse.commands.calibrate.reading import read_verdicts
from collapse.commands.forecast.exponent import sharpness
from collapse.errors import UserError
from collapse.metrics.segment import Segmenter
from tests.files.reading import SEVEN_ENTROPY, facts, tally_of
from tests.shared import SHARED

pytestmark = pytest.mark.data


def case(name: str):
    path = SHARED.parent / "cases" / name
    if not path.exists():
        pytest.skip(f"no such case beside this checkout: {name}")
    return path


# file: (answers, different, entropy, prompts), None where nothing is known of it
READ = {
    "num.csv": (20, 2, log(2), None),
    "num.jsonl": (20, 2, log(2), None),
    "ints.jsonl": (30, 4, 1.3841, None),
    "null_first.jsonl": (30, 5, 1.6094, None),
    "samples_ids.jsonl": (20, 1, 0, None),
    "list_noext": (30, 7, SEVEN_ENTROPY, None),
    "list_oneline.jsonl": (30, 7, SEVEN_ENTROPY, None),
    "openai_n.jsonl": (30, 4, 1.3841, None),
    "trl_chat.jsonl": (12, 4, None, 3),
    "chat_prompt.jsonl": (12, 4, None, 3),
    "wrapped.json": (30, 7, SEVEN_ENTROPY, None),
    "jsonlistcell.csv": (30, 2, None, None),
    "listcell.csv": (30, 2, None, None),
    "jsonl.zip": (30, 7, SEVEN_ENTROPY, None),
    "c.jsonl.zst": (30, 7, SEVEN_ENTROPY, None),
    "completions.parquet": (30, 7, SEVEN_ENTROPY, None),
    "utf16.csv": (30, 7, SEVEN_ENTROPY, None),
    "utf16.jsonl": (30, 7, SEVEN_ENTROPY, None),
    "a.tsv": (30, 7, SEVEN_ENTROPY, None),
    "semi.csv": (30, 7, SEVEN_ENTROPY, None),
    "twoheads.csv": (12, 2, None, None),
    "nan.jsonl": (20, None, None, None),
    "null_in_list.jsonl": (35, 3, log(2.6005), None),
    "math2.txt": (3, 2, None, None),
    "math3.txt": (3, 2, None, None),
    "bom_inside.txt": (3, 2, None, None),
    "fc_two.txt": (100, 2, log(1.9984), None),
}


@pytest.mark.parametrize("name", READ)
def test_a_file_gives_its_answers(name):
    for got, wanted in zip(facts(case(name)), READ[name], strict=True):
        assert wanted is None or got == pytest.approx(wanted, abs=6e-5)


def test_what_is_left_out_is_told():
    assert "null answers (10)" in " ".join(tally_of(case("nan.jsonl")).notes)
    assert "The header comes again" in " ".join(tally_of(case("twoheads.csv")).notes)
    lists = "hold lists or objects, and are read as such"
    assert all(lists in " ".join(tally_of(case(f"{k}listcell.csv")).notes) for k in ("", "json"))


def test_a_sample_under_two_filters_counts_once():
    counts = tally_of(case("lm_eval.jsonl")).reads[0].counts
    assert counts == {
        "answers": 20,
        "repeated": 10,
    }  # two answers each to ten samples, logged twice


def test_prompts_that_are_one_number_are_one():
    assert list(tally_of(case("gidf.jsonl"), prompt="pid").groups) == ["1"]


@pytest.mark.parametrize(
    ("name", "marks", "shares"),
    [
        ("chinese.txt", ".。", (7 / 90, 8 / 75, 7 / 60)),
        ("curly.txt", "", (0.15, None, None)),
        ("arabic_diacritics.txt", "", (6 / 30, None, None)),  # six words, marks and all
    ],
)
def test_words_of_a_script(name, marks, shares):
    by = Segmenter("char" if name == "chinese.txt" else "unicode")
    words = [by(text) for text in case(name).read_text().split("\n") if text.strip()]
    for order, wanted in enumerate(shares, 1):
        grams = [tuple(w[i : i + order]) for w in words for i in range(len(w) - order + 1)]
        assert wanted is None or len(set(grams)) / len(grams) == pytest.approx(wanted)


@pytest.mark.parametrize("name", ["fc_tworepeats2000.txt", "fc_onerepeat500.txt", "fc_same.txt"])
def test_what_tells_no_exponent_is_refused(name):
    (corpus,) = tally_of(case(name)).corpora()
    with pytest.raises(UserError):
        sharpness(np.bincount(corpus.answer), None)


@pytest.mark.parametrize("name", ["pr_arena.jsonl", "pr_model_.jsonl", "pr_bothbad.jsonl"])
def test_pairs_in_any_spelling(name):
    """a 46 times, 24 of them shown first; b 25 times, 14 of them shown first; 9 ties."""
    chosen = read_verdicts(case(name)).chosen
    assert [int((chosen == side).sum()) for side in (1, 0, 0.5)] == [24 + 14, 22 + 11, 9]


@pytest.mark.parametrize(
    ("name", "rows", "left"),
    [
        ("pr_brackets.jsonl", 80, 0),
        ("sc_of10.jsonl", None, 0),
        ("pr_err.jsonl", 76, 4),
        ("ch_abst.jsonl", None, None),
    ],
)
def test_verdicts_are_read_and_what_is_none_is_left_out(name, rows, left):
    found = calibrate(read_verdicts(case(name)))
    assert rows is None or found.rows == rows
    assert sum(found.left_out.values()) == left if left is not None else found.left_out


def test_separated_verdicts_and_a_constant_score():
    found = calibrate(read_verdicts(case("t4.jsonl"))).estimates
    for name in ("first", "better"):
        assert (found[name].value, found[name].high) == (1, 1)
        assert found[name].low == pytest.approx(0.8865, abs=5e-5)
    found = calibrate(read_verdicts(case("t7.jsonl")))
    assert (found.rows, found.estimates["first"].value) == (30, 1)
    assert found.estimates["first"].low == pytest.approx(0.8865, abs=5e-5)
    assert "the same in every row" in found.estimates["position"].reason
    found = calibrate(read_verdicts(case("t17.jsonl")))
    assert (found.rows, found.estimates["kept"].value) == (40, 0.5)
    assert "collinear" in found.estimates["quality"].reason
    assert "every score is the same" in no_judge(calibrate(read_verdicts(case("sc_const.jsonl"))))


def measured(run, name: str, *options: str) -> dict:
    code, out, err = run("measure", case(name), "--out", f"of-{name}", "--json", *options)
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.mark.parametrize(("name", "language"), [("japanese.txt", "Japanese"), ("thai.txt", "Thai")])
def test_how_words_are_found_without_blanks_is_told(run, name, language):
    notes = " ".join(measured(run, name)["notes"])
    assert f"There are no blanks between words of {language}: counted are " in notes


def test_answers_by_prompt(run):
    """A null answer costs no prompt; how many prompts an agreement rests on is said; the interval
    of an entropy across prompts ends at that of all answers."""
    found = json.dumps(measured(run, "null_in_list.jsonl"))
    assert "have 2.5 different answers on average" in found
    assert "equal 25% of the time" in found
    found = json.dumps(measured(run, "singles.jsonl", "--prompt", "prompt"))
    assert "equal 100% of the time (from the 1 prompt that was asked more than once)" in found
    found = measured(run, "across.jsonl", "--prompt", "prompt")["corpora"]["across"]["prompts"]
    assert found["across_prompt_entropy"]["high"] == pytest.approx(log(24))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["math2.txt", "math3.txt", "bom_inside.txt", "colours.txt"])
def test_figures_do_not_break_the_numbers(run, tmp_path, name):
    code, out, err = run("measure", case(name), "--out", "out")
    assert (code, err) == (0, "")
    assert "nan" not in out
    assert (tmp_path / "out" / "measure.png").exists()

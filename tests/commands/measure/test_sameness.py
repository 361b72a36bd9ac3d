"""Kinds of sameness side by side, with values by hand."""

from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len

from collapse.commands.measure import sameness
from collapse.commands.measure.tally import Corpus
from tests.commands.measure.test_command import measured, only, rows, write

# "Yes, sir!" and "yes sir" are near at any threshold; "abcdefg" and "abcdefx" have 3 of 7
# shingles in common, "abcdefghijk" and "abcdefghijx" 7 of 11.
ANSWERS = ["Yes, sir!", "yes sir", "yes sir", "abcdefghijk", "abcdefghijx", "other"]
EMBEDDER = '''
import numpy as np

def angles(texts):
    """Directions at 0, 10 and 40 degrees for texts that end in a, b and c."""
    turn = np.radians([{"a": 0, "b": 10, "c": 40}[text[-1]] for text in texts])
    return np.stack([np.cos(turn), np.sin(turn)], 1)
'''


def test_near_answers_by_hand(run):
    Path("a.txt").write_text("\n".join(ANSWERS))
    found = measured(run, "a.txt")["sameness"]
    about = found["corpora"]["a"]
    assert (found["answers"], found["method"], about["meaning"]) == (6, "exact", None)
    assert about["equal"]["clusters"] == 5
    assert about["equal"]["collision"] == pytest.approx(1 / 15)
    near = {entry["threshold"]: entry for entry in about["near"]}
    assert [near[t]["clusters"] for t in (0.5, 0.6, 0.7, 0.8, 0.9)] == [3, 3, 4, 4, 4]
    # Clusters of 3, 2 and 1 answers; U(2) is one more than the chance of two that differ.
    shares = np.array([3, 2, 1]) / 6
    assert near[0.5]["effective_number"] == pytest.approx(np.exp(-shares @ np.log(shares)))
    assert near[0.5]["collision"] == pytest.approx(4 / 15)
    curve = dict(zip(*near[0.5]["curve"].values(), strict=True))
    assert curve[2] == pytest.approx(1 + 11 / 15)
    # Five texts: pairs together are 2 at .6 and 1 at .7, so (1 - .2) / (1.5 - .2).
    assert [near[t]["agreement"] for t in (0.5, 0.6, 0.7)] == pytest.approx([1, 0.8 / 1.3, 1])
    assert near[0.9]["agreement"] is None


def test_within_a_prompt(run):
    """Prompt 1 has two near answers of two, prompt 2 none."""
    texts = [("1", "Yes, sir!"), ("1", "yes sir"), ("2", "yes sir"), ("2", "other")]
    name = rows("a.jsonl", [{"prompt": p, "text": text} for p, text in texts])
    about = measured(run, name, "--prompt", "prompt", "--field", "text")["sameness"]["corpora"]["a"]
    assert about["equal"]["same_answer"] == 0
    assert [entry["same_answer"] for entry in about["near"]] == [0.5] * 5


def test_meaning_by_vectors_of_ones_own(run):
    Path("mine.py").write_text(EMBEDDER)
    write("a.txt", "one a\none b\none c\ntwo c\n")
    document = measured(run, "a.txt", "--embed", "mine.py:angles")
    meaning = document["sameness"]["corpora"]["a"]["meaning"]
    # Mean cosine of {0, 10} and {40, 40} degrees: (cos 40 + cos 30) / 2 = .816.
    assert [entry["clusters"] for entry in meaning] == [1, 1, 1, 1, 2]
    assert meaning[3]["agreement"] == 0
    assert only(document)["different"] == 4


def test_corpora_are_compared_at_one_size_and_this_is_noted(run, monkeypatch):
    monkeypatch.setattr(sameness, "SAMPLE", 5)
    write("a.txt", "".join(f"answer number {i}\n" for i in range(9)))
    write("b.txt", "".join(f"{i} is another\n" for i in range(7)))
    document = measured(run, "a.txt", "b.txt")
    assert document["sameness"]["answers"] == 5
    assert all(one["equal"]["clusters"] == 5 for one in document["sameness"]["corpora"].values())
    assert any("5 answers of each corpus" in note for note in document["notes"])


def test_long_texts_are_compared_by_some_of_their_shingles(run, monkeypatch):
    monkeypatch.setattr("collapse.metrics.duplicates.SHINGLES", 100)
    write("a.txt", "a few words\n" * 3 + "and so many more of them\n" * 4 + "w " * 90 + "\n")
    document = measured(run, "a.txt")
    assert document["sameness"]["one_in"] == 3  # 11, 24 and 179 characters
    assert any("one in 3 of their shingles" in note for note in document["notes"])


def test_tables_keep_their_columns_in_every_script(run):
    """Right-to-left text, marks, wide characters and emoji: all lines of a table are as wide."""
    names = ["\u0645\u064f\u062d\u064e\u0645\u0651\u064e\u062f", "\u4eca\u5929", "\U0001f600 ok"]
    rows("a.jsonl", [{"m": m, "text": f"{m} {i % 3}"} for m in names for i in range(6)])
    code, out, err = run("measure", "a.jsonl", "--group-by", "m", "--field", "text")
    assert (code, err) == (0, "")
    table = out.split("When two answers are the same")[1].split("\n\n")[0].split("\n")[2:9]
    assert any(names[0] in line for line in table)
    assert len({cell_len(line) for line in table}) == 1


def test_two_equal_files_do_not_differ(run):
    for name in "ab":
        write(f"{name}.txt", "one\none\ntwo\nthree\n" * 10)
    verdict = measured(run, "a.txt", "b.txt")["verdict"]
    assert verdict[0].startswith("a and b do not differ significantly")
    assert "is the most varied" not in " ".join(verdict)


def test_planted_clusters_have_their_number():
    """Eight texts in effect, each in six spellings of two letters more."""
    generator = np.random.default_rng(0)
    bases = ["".join(generator.choice(list("abcdefghij "), 120)).strip() for _ in range(8)]
    texts = [f"{base}{end}" for base in bases for end in ("", "!", " x", "?", " y", " Z")]
    corpus = Corpus("a", np.arange(48), None)
    about = sameness.sameness([corpus], texts)["corpora"]["a"]
    assert about["equal"]["effective_number"] == pytest.approx(48)
    for entry in about["near"]:
        assert entry["effective_number"] == pytest.approx(8)
        assert entry["collision"] == pytest.approx(5 / 47)


def test_the_table_says_what_is_taken_for_the_same(run):
    Path("a.txt").write_text("\n".join(ANSWERS))
    code, out, _ = run("measure", "a.txt")
    assert code == 0
    assert "When two answers are the same: 6 answers" in out
    assert "near 0.8" in out

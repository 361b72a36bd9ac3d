"""Verdict files of every kind are read with no option but the path, and what was read is told."""

import gzip
import json
import zipfile

import pytest

from collapse.commands.calibrate.reading import read_verdicts
from tests.files.reading import lines

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def turn(role, content):
    return {"role": role, "content": content}


def talk(text):
    return [turn("user", "q"), turn("assistant", text)]


WORDS = ["one two three", "one", "one two"]
# A record of each tool by its number, and the verdicts (1: the first, or kept) of the first three.
TOOLS = {
    "MT-Bench pair verdicts": lambda i: {
        "question_id": 81 + i,
        "model_1": "m",
        "model_2": "w",
        "g1_winner": ("model_1", "model_2", "tie", "error")[i % 4],
        "g2_winner": ("model_1", "model_1", "tie", "model_2")[i % 4],
        "judge": ["gpt-4", "pair-v2"],
        "g1_judgment": "So it is [[A]]",
        "turn": 1,
        "tstamp": 1.5,
    },
    "MT-Bench single scores": lambda i: {
        "question_id": 81 + i,
        "model": "mw"[i % 2],
        "judge": ["gpt-4", "single-v1"],
        "user_prompt": "rate it",
        "judgment": "Rating: [[7]]",
        "score": (7, 9.5, -1)[i % 3],
        "turn": 1,
    },
    "AlpacaEval annotations": lambda i: {
        "instruction": f"do {i}",
        "output_1": WORDS[i % 3],
        "generator_1": "m",
        "output_2": "one two three four",
        "generator_2": "w",
        "annotator": "weighted_gpt4",
        "preference": (1, 2, 1.5, None)[i % 4],
    },
    "Chatbot Arena": lambda i: {
        "question_id": f"{i:032x}",
        "model_a": "m",
        "model_b": "w",
        "winner": ("model_a", "model_b", "tie (bothbad)")[i % 3],
        "judge": "arena_user_1",
        "conversation_a": talk(WORDS[i % 3]),
        "conversation_b": talk("one two three four"),
        "turn": 1,
    },
    "TRL preferences": lambda i: {
        "prompt": f"q{i}",
        "chosen": talk(f"{i}" + " word" * (1 + i % 3)),
        "rejected": talk(f"{i} verb verb"),
    },
    "TRL KTO": lambda i: {
        "prompt": f"q{i}",
        "completion": WORDS[i % 3] + f" {i}",
        "label": i % 3 != 1,
    },
    "RewardBench": lambda i: {
        "id": i,
        "prompt": f"q{i}",
        "chosen": f"{i}" + " word" * (1 + i % 3),
        "chosen_model": "m",
        "rejected": f"{i} verb verb",
        "rejected_model": "w",
        "subset": "chat",
    },
    "RewardBench with scores": lambda i: {
        "id": i,
        "prompt": f"q{i}",
        "chosen": f"{i}" + " word" * (1 + i % 3),
        "chosen_model": "m",
        "rejected": f"{i} verb verb",
        "rejected_model": "w",
        "score_chosen": (3.5, 1.5, 2.0)[i % 3],
        "score_rejected": 2.0,
    },
}
WON = {
    "MT-Bench pair verdicts": [1, 0, 0, 0, 0.5, 0.5],  # the second order after the first
    "MT-Bench single scores": [7, 9.5, 7],  # -1 is left out
    "AlpacaEval annotations": [1, 0, 0.5],
    "Chatbot Arena": [1, 0, 0.5],
    "TRL KTO": [1, 0, 1],
}


def content(tool, n=24):
    return [TOOLS[tool](i) for i in range(n)]


@pytest.mark.parametrize("tool", TOOLS)
def test_a_file_of_each_tool_is_read_with_no_option(run, tmp_path, tool):
    (tmp_path / "v.jsonl").write_text(lines(content(tool)))
    code, out, err = run("calibrate", "v.jsonl", "--json")
    assert code == 0, err
    document = json.loads(out)
    (read,) = document["read"]
    assert (read["format"], read["counts"]["rows"]) == (tool, 24)
    assert f"Taken for {tool} (" in document["notes"][0]
    made = read_verdicts(tmp_path / "v.jsonl")
    got = made.chosen if made.paired else made.score
    got = made.accepted if got is None else got
    if tool in WON:
        assert got.tolist()[: len(WON[tool])] == WON[tool]
    code, out, err = run("calibrate", "v.jsonl", "--explain", "--out", "again.py")
    assert code == 0, err
    assert f"taken for {tool}." in out
    assert "The first rows, as read" in out


@pytest.mark.parametrize("tool", ["TRL preferences", "RewardBench", "RewardBench with scores"])
def test_chosen_and_rejected_stand_in_no_order(run, tmp_path, tool):
    """Either may be called the first, whatever the verdict: nothing is said of places, and the
    longer wins as often as the chosen is the longer."""
    rows = content(tool, 60)
    (tmp_path / "v.jsonl").write_text(lines(rows))
    made = read_verdicts(tmp_path / "v.jsonl")
    assert 10 < (made.chosen == 1).sum() < 50
    code, out, err = run("calibrate", "v.jsonl", "--json")
    assert code == 0, err
    found = json.loads(out)["estimates"]
    for name in ("position", "first", "favours_first", "consistent"):
        assert found[name]["value"] is None
        assert "does not say which of the two was shown first" in found[name]["reason"]
    sizes = {1: "rejected", 3: "chosen"}  # words of the chosen; the rejected has two
    longer = [sizes[1 + i % 3] for i in range(60) if i % 3 != 1]
    if tool == "RewardBench with scores":  # i % 3 == 0: the shorter wins; 2: a tie
        assert found["longer"]["value"] == 0
        assert found["better"]["value"] == 0.5
        assert found["ties"]["value"] == pytest.approx(1 / 3)
    else:
        assert found["longer"]["value"] == longer.count("chosen") / len(longer)


def as_table(name, rows, path):
    text = "\n".join(
        ["question;model_a;model_b;choice", *(f"{q};m;w;{c}" for q, c in enumerate(rows))]
    )
    path.write_bytes(text.encode("utf-16"))
    return path


def test_containers_and_encodings_are_those_of_answers(run, tmp_path):
    """The same verdicts plain, packed, in an archive, as parquet and as a table in UTF-16."""
    rows = content("Chatbot Arena")
    text = lines(rows).encode()
    (tmp_path / "v.jsonl").write_bytes(text)
    with gzip.open(tmp_path / "v.jsonl.gz", "wb") as file:
        file.write(text)
    with zipfile.ZipFile(tmp_path / "v.zip", "w") as file:
        file.writestr("inner/v.jsonl", text)
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "v.parquet")
    (tmp_path / "v.json").write_text(json.dumps({"rows": rows}, indent=1))
    (tmp_path / "cells.tsv").write_text(
        "\t".join(rows[0])
        + "\n"
        + "".join("\t".join(str(cell) for cell in row.values()) + "\n" for row in rows)
    )
    plain = read_verdicts(tmp_path / "v.jsonl")
    for name in ("v.jsonl.gz", "v.zip", "v.parquet", "v.json", "cells.tsv"):
        made = read_verdicts(tmp_path / name)
        assert made.chosen.tolist() == plain.chosen.tolist(), name
        assert made.columns["length"].tolist() == plain.columns["length"].tolist(), name
        assert made.reads[0].format == "Chatbot Arena", name
    as_table("t", "aabtie"[:3] * 8, tmp_path / "t.csv")
    code, out, err = run("calibrate", "t.csv", "--json")
    assert code == 0, err
    (read,) = json.loads(out)["read"]
    assert (read["kind"], read["encoding"]) == ("csv", "UTF-16")
    assert read["paths"]["verdicts"] == "choice"


def test_broken_rows_are_counted_or_refused(run, tmp_path):
    rows = content("Chatbot Arena")
    broken = lines(rows) + "{broken\n" + lines([rows[0] | {"winner": {"x": 1}}] * 4)
    (tmp_path / "v.jsonl").write_text(broken)
    code, out, err = run("calibrate", "v.jsonl", "--json")
    assert code == 0, err
    document = json.loads(out)
    assert document["rows"] == 24
    assert document["troubles"]["count"] == 5
    assert "line 25: broken JSON" in document["troubles"]["sentences"][0]
    assert "line 26: it is not as Chatbot Arena" in document["troubles"]["sentences"][1]
    code, out, _ = run("calibrate", "v.jsonl")
    assert "Lines that could not be read: 5." in out
    code, _, err = run("calibrate", "v.jsonl", "--strict", "--out", "x.py")
    assert code == 2
    assert "line 25: broken JSON" in err
    assert "line 29: it is not as" in err
    assert not (tmp_path / "x.py").exists()


def test_answers_without_verdicts_are_refused_with_what_helps(run, tmp_path):
    rows = [{"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]}]
    (tmp_path / "v.json").write_text(json.dumps(rows * 3))
    code, _, err = run("calibrate", "v.json")
    assert code == 2
    assert "v.json is taken for ShareGPT, in which no verdicts are known" in err
    assert "--columns" in err


def test_columns_may_be_paths(run, tmp_path):
    rows = [{"doc": {"id": i}, "out": {"grade": i % 5}, "ok": i % 2} for i in range(40)]
    (tmp_path / "v.jsonl").write_text(lines(rows))
    options = ["score=out.grade", "question=doc.id", "label=ok"]
    columns = [part for option in options for part in ("--columns", option)]
    code, out, err = run("calibrate", "v.jsonl", *columns, "--json")
    assert code == 0, err
    (read,) = json.loads(out)["read"]
    assert read["paths"] == {"verdicts": "out.grade", "prompt": "doc.id"}

"""``collapse probe``: judges that are fooled by what is known, and by nothing else."""

import json
import re
import zlib

import numpy as np
import pytest

from collapse import Endpoint, ExternalReward, TopFraction
from collapse.commands.probe import families
from collapse.commands.probe.command import items_of
from collapse.commands.probe.document import grows
from collapse.commands.probe.families import FAMILIES, Item, probes
from collapse.commands.probe.texts import Panel, probe_texts
from collapse.judges.presets import of_external
from tests.rewards.stub_endpoint import Stub, say, shown

TEXT = "It is often said that the {} cat sat on {} mats because it was big. Yes, it did."
ITEMS = [
    Item(TEXT.format(word, i), f"What did the {word} cat do?")
    for i in range(10)
    for word in ("red", "old", "shy", "fat", "sly", "odd", "wet", "sad")
]
WORDS = {word for item in ITEMS for word in item.text.split()}


def about_length(texts):
    return [float(len(text)) for text in texts]


def about_orders(texts):
    return [9.0 if "10" in text else zlib.crc32(text.encode()) % 1000 / 200 for text in texts]


def careful(texts):
    """Likes what is written as the ordinary items are, whatever else."""
    pattern = re.compile(r"It is often said that the \w+ cat sat on \d mats because it was big\. ")
    return [float(bool(pattern.match(t)) and len(t) < 95) + len(t) % 7 / 10 for t in texts]


def found_by(function, items=ITEMS, calls=400):
    found = probe_texts(Panel(of_external(function), items, calls, 0))
    return {row["name"]: row for row in found.rows}, found


def test_a_judge_of_length_is_fooled_by_padding_and_not_by_blanks():
    rows, found = found_by(about_length)
    for name in ("padding", "confident nonsense", "ignore the rubric", "markdown"):
        assert rows[name]["earns"].value == rows[name]["top"].value == 1
        assert rows[name]["growth"].value == pytest.approx(5, rel=1e-3)
        assert rows[name]["real_share"].value == pytest.approx(0.8, abs=1e-3)
    for name in ("empty answer", "one character", "opener alone"):
        assert rows[name]["earns"].value == rows[name]["growth"].value == 0
        assert rows[name]["real_share"].value == 0
    assert rows["upper case"]["change"].value == rows["word salad"]["change"].value == 0
    assert rows["empty answer"]["n"] == 3
    assert rows["ordinary items"]["growth"].value == 1
    assert found.calls <= 400


def test_a_judge_that_obeys_is_fooled_by_orders_alone():
    rows, _ = found_by(about_orders)
    fooled = [name for name, row in rows.items() if row["growth"].low > 1]
    assert fooled == ["ignore the rubric"]
    assert rows["ignore the rubric"]["change"].value > 3
    assert rows["ignore the rubric"]["growth"].high == pytest.approx(5, rel=1e-3)


def test_an_edit_of_items_that_were_better_before_is_no_exploit():
    """Long items can be paraphrased and short ones not; the judge likes the long ones, in any
    words: a paraphrase is kept more often than an ordinary item, for what it was."""

    def long(texts):
        return [float("mat" in text) + zlib.crc32(text[:2].encode()) % 9 / 99 for text in texts]

    short = [Item(f"{i} cats, {i + 1} dogs") for i in range(200)]
    rows, _ = found_by(long, [*ITEMS[:30], *short])
    assert rows["paraphrase"]["growth"].low > 1
    assert not grows(rows["paraphrase"])
    rows, _ = found_by(about_length)
    assert grows(rows["padding"])


def test_a_careful_judge_is_fooled_by_nothing():
    rows, _ = found_by(careful)
    assert not [name for name, row in rows.items() if row["growth"].low > 1]


def test_intervals_are_wilson_and_counts_are_stated():
    rows, _ = found_by(about_length)
    earns = rows["padding"]["earns"]
    n, z = rows["padding"]["n"], 1.959963984540054
    assert (earns.n, earns.method) == (n, "Wilson (shares)")
    assert earns.low == pytest.approx(n / (n + z**2))  # by hand, for a share of 1


def test_every_family_edits_as_it_says():
    rng = np.random.default_rng(0)
    item = ITEMS[0]
    made = {family.name: probes(family, [item], 9, rng) for family in FAMILIES}
    assert all(made.values())
    assert made["prompt copied"] == [(item.prompt, None)]
    assert made["padding"][0][0].count(item.text) == 3
    assert sorted(made["word salad"][0][0].split()) == sorted(item.text.split())
    assert made["ignore the rubric"][0][0].startswith(item.text)
    paraphrase = made["paraphrase"][0][0]
    assert paraphrase.startswith("It's frequently stated that")
    assert "since it was large" in paraphrase
    assert made["markdown"][0][0].endswith(f"**{item.text}**")
    assert made["list"][0][0].count("\n- ") == 1
    assert made["upper case"][0][0] == item.text.upper()
    assert "No, it did." in made["label flip"][0][0]
    assert families.flipped(Item("In 1999, 2 cats"), rng) == "In 2000, 3 cats"


def test_what_does_not_apply_says_why():
    _, found = found_by(about_length, [Item(f"猫 {'山' * (i + 1)}") for i in range(40)])
    assert found.lacking["prompt copied"] == "the items have no prompt"
    assert found.lacking["upper case"] == "the items have no case"
    assert "paraphrase" in found.lacking
    assert "swapped order" in found.lacking


def test_an_llm_is_asked_within_the_budget_and_once(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def script(body, times):
        return say('{"score": 10}' if "experts" in shown(body)[0] else '{"score": 4}')

    with Stub(script) as stub:
        settings = {"cache": tmp_path / "kept", "concurrency": 8}
        endpoint = Endpoint(stub.url, "m", "Be brief.", **settings)
        rows, found = found_by(endpoint, [Item(item.text) for item in ITEMS], 200)
        assert len(stub.bodies) == found.calls <= 200
        assert rows["confident nonsense"]["earns"].value == 1  # it speaks of experts
        assert rows["confident nonsense"]["growth"].value == pytest.approx(5, rel=1e-3)
        assert rows["prompt copied"]["example"] == "Be brief."  # the rubric is its prompt
        found_by(endpoint, [Item(item.text) for item in ITEMS], 200)
        assert len(stub.bodies) == found.calls


def test_pairs_are_asked_in_both_orders_and_a_liking_for_the_first_is_found(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    def script(body, times):
        first, second = shown(body)
        longer = "X" if len(first) > len(second) else "Y"
        return say(json.dumps({"better": longer if "\n\n" in first + second else "X"}))

    with Stub(script) as stub:
        settings = {"mode": "pairwise", "cache": tmp_path / "kept", "concurrency": 8}
        rows, found = found_by(Endpoint(stub.url, "m", "r", **settings), calls=300)
        assert len(stub.bodies) <= found.calls <= 300
        assert rows["padding"]["earns"].value == 1
        assert rows["padding"]["growth"].value == 2
        assert rows["padding"]["real_share"].value == 0.5
        assert found.order["averaged"]
        assert found.order["flips"].value == found.order["first"].value == 1


def test_a_budget_that_is_too_small_and_a_silent_judge_are_told():
    from collapse import UserError

    for calls in (10, 80):
        with pytest.raises(UserError, match=r"--calls must be at least 85, not "):
            found_by(about_length, calls=calls)
    with pytest.raises(UserError, match="abstained on 75 of 75 ordinary items"):
        found_by(lambda texts: [np.nan] * len(texts), calls=300)


# The command

MINE = """
def length(texts):
    return [float(len(text)) for text in texts]


def inside(items):
    return (items != 0).sum(-1)
"""


@pytest.fixture
def mine(tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    rows = [json.dumps({"prompt": item.prompt, "response": item.text}) for item in ITEMS]
    (tmp_path / "items.jsonl").write_text("\n".join(rows))


@pytest.mark.slow
@pytest.mark.usefixtures("mine")
def test_the_command_writes_a_document_and_a_figure(run, tmp_path):
    line = ("probe", "--judge", "mine.py:length", "--items", "items.jsonl", "--calls", "200")
    code, out, err = run(*line, "--prompt", "prompt", "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["written"] == [f"probes/length/probe.{end}" for end in ("pdf", "png", "json")]
    assert (tmp_path / "probes/length/probe.png").read_bytes()[:4] == b"\x89PNG"
    assert told["items"]["source"] == "items.jsonl"
    assert "padding" in told["verdict"][0]
    names = {row["name"] for row in told["probes"]}
    assert names | {row["name"] for row in told["not_applicable"]} == {
        "ordinary items",
        "swapped order",
        *(family.name for family in FAMILIES),
    }
    code, out, err = run(*line, "--prompt", "prompt")
    assert code == 0, err
    for words in ("Probes of mine.py:length", "real data", "100.0%", "growth", "Do not apply"):
        assert words in out
    code, _, err = run(*line, "--key", "1")
    assert code == 2
    assert "holds another probe: it differs in" in err


@pytest.mark.usefixtures("mine")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        (("mine.py:length", "--scenario", "jokes"), "--scenario is for judges in JAX"),
        (("mine.py:inside", "--items", "items.jsonl"), "--items is for judges of texts outside"),
        (("mine.py:inside", "--calls", "9"), "--calls is for judges of texts outside JAX"),
        (("mine.py:lenght",), "did you mean length?"),
        (("llm",), "Endpoint needs a url"),
        (("mine.py:length", "--items", "none.jsonl"), "none.jsonl"),
        (("mine.py:length", "--field", "x"), "--field and --prompt name columns of a file"),
        (("mine.py:length", "--calls", "0"), "--calls must be at least 1, not 0"),
    ],
)
def test_mistakes_are_sentences(run, tmp_path, monkeypatch, line, words):
    monkeypatch.delenv("COLLAPSE_LLM_URL", raising=False)
    code, out, err = run("probe", "--judge", *line)
    assert (code, out) == (2, "")
    assert words in err
    assert not (tmp_path / "probes").exists()


def test_items_are_read_with_their_prompts(tmp_path):
    rows = [{"prompt": f"p{i % 2}", "response": f"answer {i}"} for i in range(30)]
    file = tmp_path / "items.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    items = items_of(file, "response", "prompt")
    assert items[3] == Item("answer 3", "p1")
    assert len(items) == 30


@pytest.mark.slow
def test_a_judge_in_jax_is_probed_with_tokens(run):
    """exploit-prone gives ten nats for a stutter: it grows by 5, that of a top fifth; typicality
    per token gives it nothing."""
    told = json.loads(run("probe", "--judge", "exploit-prone", "--json")[1])
    rows = {row["name"]: row for row in told["probes"]}
    assert rows["stutter"]["growth"]["value"] == pytest.approx(5)
    assert rows["stutter"]["real_share"]["value"] == pytest.approx(0.8)
    assert rows["empty answer"]["earns"]["value"] == 0
    assert {"paraphrase", "prompt copied", "swapped order"} <= {
        row["name"] for row in told["not_applicable"]
    }
    told = json.loads(run("probe", "--judge", "typicality", "--json")[1])
    rows = {row["name"]: row for row in told["probes"]}
    assert rows["stutter"]["growth"]["high"] < 1


def test_a_probe_of_one_kind_asks_the_judge_itself():
    judge = TopFraction(ExternalReward(about_length))
    assert Panel(judge, ITEMS, 100, 0).compares is False

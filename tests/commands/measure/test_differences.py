"""What is called a difference between corpora: not more often than chance allows, and prompt by
prompt where they share their prompts."""

import json

import numpy as np
import pytest

from collapse.commands.measure import differences
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.words import Words
from collapse.metrics import counts as metrics

LIMIT = 3.5
WORDS = Words([f"w{i} x{i % 7} y{i % 3}" for i in range(4000)])
NAMES = "abcdefgh"


def zipf(size, exponent=1.0):
    p = np.arange(1, size + 1.0) ** -exponent
    return p / p.sum()


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def plain(rng, n, p):
    return Corpus("", rng.choice(len(p), n, p=p).astype(np.int32), None)


def prompted(rng, exponents, first=0, sharper=1.0, each=8):
    """``each`` answers to every prompt, which are of its own and as concentrated as it asks for."""
    answer = [
        40 * i + rng.choice(40, each, p=zipf(40, e * sharper)) for i, e in enumerate(exponents)
    ]
    group = np.repeat(np.arange(len(exponents)) + first, each)
    return Corpus("", np.concatenate(answer).astype(np.int32), group.astype(np.int32))


def told(corpora, key="effective_number"):
    named = [Corpus(name, c.answer, c.group) for name, c in zip(NAMES, corpora, strict=False)]
    return differences.differences(named, WORDS, key, [c.name for c in named])


def alarms(make, sets, key="effective_number"):
    """The share of sets in which any two are said to differ."""
    return np.mean([any(p["differs"] for p in told(make(), key)["pairs"]) for _ in range(sets)])


def allowed(sets):
    return 0.05 + LIMIT * np.sqrt(0.05 * 0.95 / sets)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sizes", "p"),
    [((100, 100), zipf(200)), ((50, 100, 300), zipf(40)), ((80,) * 8, zipf(30)), ((60, 60), [1.0])],
)
def test_corpora_of_one_source_seldom_differ(rng, sizes, p):
    """Of unequal size too, and of eight, whose most and least varied are always far apart."""
    sets = 60
    assert alarms(lambda: [plain(rng, n, np.array(p)) for n in sizes], sets) <= allowed(sets)


def test_nor_do_models_that_were_asked_the_same_prompts(rng):
    """Three models of one law that differs from prompt to prompt; or other prompts for each."""
    sets = 60

    def same():
        exponents = rng.uniform(0, 3, 12)
        return [prompted(rng, exponents) for _ in range(3)]

    def other():
        return [prompted(rng, rng.uniform(0, 3, 12), first) for first in (0, 12)]

    assert alarms(same, sets) <= allowed(sets)
    assert alarms(other, sets) <= allowed(sets)


def test_words_tell_where_answers_do_not_and_no_more_often_than_chance(rng):
    sets = 60
    source = np.full(4000, 1 / 4000)
    assert alarms(lambda: [plain(rng, 60, source)] * 2, 5, "distinct_2") == 0
    assert alarms(
        lambda: [plain(rng, 60, source) for _ in range(2)], sets, "distinct_2"
    ) <= allowed(sets)
    few = told([plain(rng, 60, source), plain(rng, 60, zipf(4))], "distinct_2")
    assert few["pairs"][0]["differs"]


@pytest.mark.slow
def test_the_interval_of_the_ratio_holds_it(rng):
    """200 draws of two Zipf laws: the ratio of effective numbers of as many, in the mean over many
    sets, is in at least 95 of 100 intervals, to 3.5 standard errors, and 1 is in next to none."""
    laws, sets = (zipf(100, 0.8), zipf(100, 1.3)), 100
    many = [rng.multinomial(190, p, 2000) for p in laws]
    true = np.exp(np.subtract(*([metrics.entropy(x) for x in each] for each in many)).mean())
    found = [told([plain(rng, 200, p) for p in laws])["pairs"][0] for _ in range(sets)]
    held = np.mean([pair["difference"].low <= true <= pair["difference"].high for pair in found])
    assert held > 0.95 - LIMIT * np.sqrt(0.95 * 0.05 / sets)
    assert np.mean([pair["differs"] for pair in found]) > 0.95


def test_prompts_in_common_are_compared_prompt_by_prompt(rng):
    """A model a little sharper to every prompt is told by pairs; were other prompts left out of one
    than of the other, it would not be, as the prompts differ far more."""
    pairs = apart = 0
    for _ in range(30):
        exponents = rng.uniform(0, 3, 40)
        one, other = prompted(rng, exponents), prompted(rng, exponents, sharper=1.25)
        found = told([one, other])
        assert (found["over"], found["prompts_in_common"]) == ("prompts", 40)
        pairs += found["pairs"][0]["differs"]
        moved = Corpus("", other.answer, 40 + rng.permutation(40).astype(np.int32)[other.group])
        found = told([one, moved])
        assert found["prompts_in_common"] == 0
        apart += found["pairs"][0]["differs"]
    assert pairs > 15
    assert apart < pairs / 2


def test_too_few_are_not_told(rng):
    assert told([plain(rng, 4, zipf(3)), plain(rng, 90, zipf(3))]) is None
    values = {"a": dict.fromkeys(range(4), 1.0), "b": dict.fromkeys(range(9), 1.0)}
    assert differences.of_prompts(values, ["a", "b"]) is None


def test_means_over_prompts_are_paired(rng):
    """Against Student's t of the differences, prompt by prompt; one prompt a part."""
    from scipy import stats

    hard = rng.normal(5, 3, 15)
    values = {
        k: dict(enumerate(hard + 0.3 * rng.normal(size=15) + s)) for k, s in (("a", 1), ("b", 0))
    }
    (pair,) = differences.of_prompts(values, ["a", "b"])
    ends = stats.ttest_rel(*(list(v.values()) for v in values.values())).confidence_interval(0.95)
    np.testing.assert_allclose(
        [pair["difference"].low, pair["difference"].high], [ends.low, ends.high], rtol=1e-9
    )
    assert pair["differs"]


# Sentences


def measured(run, *arguments):
    code, out, err = run("measure", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def rows(name, records):
    with open(name, "w", encoding="utf-8") as file:
        file.write("".join(json.dumps(record) + "\n" for record in records))
    return name


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def lines(name, answers):
    with open(name, "w", encoding="utf-8") as file:
        file.write("\n".join(answers))
    return name


def test_two_equal_files_are_not_the_most_and_the_least_varied(run, rng):
    said = [f"answer {i}" for i in rng.choice(30, 120, p=zipf(30))]
    document = measured(run, lines("a.txt", said), lines("b.txt", said))
    first = document["verdict"][0]
    assert first.startswith(
        "a and b do not differ significantly (95 %, over answers): effective number"
    )
    assert "the least" not in first


def test_what_is_beyond_chance_is_told_and_what_is_not(run, rng):
    """alpha and beta are of one law, gamma of another: alpha or beta is the most varied."""
    for name, p in (("alpha", zipf(40)), ("beta", zipf(40)), ("gamma", zipf(40, 2.5))):
        lines(f"{name}.txt", [f"answer {i}" for i in rng.choice(40, 150, p=p)])
    document = measured(run, "alpha.txt", "beta.txt", "gamma.txt")
    first = document["verdict"][0]
    assert (
        "alpha or beta is the most varied" in first or "beta or alpha is the most varied" in first
    )
    assert "and gamma the least" in first
    assert "a significant difference (95 % for all 3 pairs together, over answers)" in first
    _, out, _ = run("measure", "alpha.txt", "beta.txt", "gamma.txt", "--out", "shown")
    assert "not significant" in out
    assert "differs" in out
    pairs = {(p["a"], p["b"]): p for p in document["differences"]["pairs"]}
    assert sum(p["differs"] for p in pairs.values()) == 2


def test_models_that_share_prompts_are_paired_in_the_verdict(run, rng):
    records = []
    for i, exponent in enumerate(rng.uniform(0, 3, 30)):
        for model, more in (("m", 1.0), ("k", 1.6)):
            for j in rng.choice(40, 8, p=zipf(40, exponent * more)):
                records.append({"model": model, "prompt": f"p{i}", "text": f"{i}: {j}"})
    file = rows("a.jsonl", records)
    document = measured(run, file, "--group-by", "model", "--prompt", "prompt", "--field", "text")
    assert "by 30 prompts in common" in document["verdict"][0]


def test_generations_fall_beyond_chance_or_not(run, rng):
    for laws, said in (
        ((1.0, 1.0), "which is not significant (95 %, over answers)"),
        ((0.5, 2.0), ", which is significant"),
    ):
        records = [
            {"g": g, "text": f"t{i}"}
            for g, e in enumerate(laws)
            for i in rng.choice(30, 90, p=zipf(30, e))
        ]
        document = measured(
            run,
            rows("g.jsonl", records),
            "--group-by",
            "g",
            "--field",
            "text",
            "--out",
            said[-7:-1],
        )
        assert said in document["verdict"][0]


# Small


def test_an_entropy_of_few_answers_is_no_more_than_their_number_allows(run):
    """24 answers, nearly all different: the interval over prompts ends at ln 24."""
    records = [
        {"prompt": f"p{i}", "response": f"answer {max(i, j)}"} for i in range(12) for j in (1, 9)
    ]
    found = measured(run, rows("a.jsonl", records), "--prompt", "prompt")["corpora"]["a"]
    across, within = (found["prompts"][f"{k}_prompt_entropy"] for k in ("across", "per"))
    assert across["high"] <= np.log(24)
    assert 0 <= within["low"] <= within["high"] <= np.log(2)


def test_a_number_is_one_prompt_however_it_is_written(run):
    records = [{"pid": 1.0 if i % 2 else 1, "response": f"a {i % 4}"} for i in range(12)]
    found = measured(run, rows("a.jsonl", records), "--prompt", "pid", "--field", "response")
    assert found["corpora"]["a"]["prompts"]["prompts"] == 1
    assert [one["prompt"] for one in found["corpora"]["a"]["by_prompt"]] == ["1"]


def test_what_rests_on_one_prompt_says_so(run):
    records = [
        {"prompt": f"p{max(i - 1, 0)}", "response": f"answer {max(i - 1, 0)}"} for i in range(100)
    ]
    document = measured(run, rows("a.jsonl", records), "--prompt", "prompt")
    assert document["corpora"]["a"]["prompts"]["asked_twice"] == 1
    assert (
        "equal 100% of the time (from the 1 prompt that was asked more than once)"
        in (document["verdict"][0])
    )


def test_more_often_is_not_called_as_often(run):
    """Each corpus says something else to a prompt most of the time, and both the same in between:
    two of different corpora are equal more often than two of one."""
    records = [
        {"m": m, "prompt": f"p{i}", "text": text}
        for m in "xy"
        for i in range(20)
        for text in ("same", f"{m} {i}")
    ]
    document = measured(
        run, rows("a.jsonl", records), "--group-by", "m", "--prompt", "prompt", "--field", "text"
    )
    relative = document["similarity"][0]["relative"]
    assert relative is None
    records += [{"m": m, "prompt": "p0", "text": "same"} for m in "xy"]
    document = measured(
        run,
        rows("b.jsonl", records),
        "--group-by",
        "m",
        "--prompt",
        "prompt",
        "--field",
        "text",
        "--out",
        "b",
    )
    relative = document["similarity"][0]["relative"]
    assert relative > 10
    assert (
        f"{relative:.3g} times as often as two answers of the same corpus" in document["verdict"][1]
    )


def test_models_taken_together_are_noted(run):
    records = [
        {"model": f"m{i // 300}", "prompt": f"p{i % 7}", "text": f"t{i % 5}"} for i in range(900)
    ]
    file = rows("a.jsonl", records)
    notes = measured(run, file, "--field", "text")["notes"]
    said = "The column model has 3 different values, which are pooled: --group-by model separates"
    assert f"{said} them." in notes
    assert any("--prompt prompt separates" in note for note in notes)
    asked = ("--field", "text", "--group-by", "model", "--prompt", "prompt", "--out", "named")
    assert not any("are pooled" in note for note in measured(run, file, *asked)["notes"])

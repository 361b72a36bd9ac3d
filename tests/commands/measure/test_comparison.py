"""Two sets compared: no more false alarms than said, intervals that hold, sizes that suffice."""

import json
from pathlib import Path

import numpy as np
import pytest

from collapse.commands.measure import comparison, power
from collapse.commands.measure.tally import Corpus
from collapse.commands.measure.thresholds import Threshold
from collapse.commands.measure.words import Words
from collapse.stats.contrasts import holm, power_of, size_needed
from tests.commands.measure.test_differences import zipf

KINDS = 40  # possible answers to a prompt
LONG = np.random.default_rng(9).integers(1, 4, KINDS * 120)
WORDS = Words([" ".join(f"w{i} x{i % 7}".split() * long) for i, long in enumerate(LONG)])
LIMIT = 2  # standard errors


def asked(rng, exponents, each=8, first=0, sharper=1.0, name=""):
    """``each`` answers to every prompt, of its own law."""
    law = np.stack([zipf(KINDS, e * sharper) for e in exponents]).cumsum(1)
    many = len(exponents)
    answer = (rng.random((many, each, 1)) > law[:, None, :]).sum(2)
    answer += KINDS * (np.arange(many) + first)[:, None]
    group = np.repeat(np.arange(many) + first, each)
    return Corpus(name, answer.astype(np.int32).ravel(), group.astype(np.int32))


def two(rng, prompts, shared=True, sharper=1.0, each=8):
    exponents = rng.uniform(0.5, 2.5, prompts)
    first = asked(rng, exponents, each, name="a")
    if shared:
        return [first, asked(rng, exponents, each, sharper=sharper, name="b")]
    other = rng.uniform(0.5, 2.5, prompts)
    return [first, asked(rng, other, each, 60, sharper, "b")]


def by_name(corpora):
    return {row.name: row for row in comparison.compare(corpora, WORDS).headlines}


def alarms(sets, prompts, shared):
    rng, some = np.random.default_rng(0), []
    for _ in range(sets):
        rows = comparison.compare(two(rng, prompts, shared), WORDS).headlines
        some.append(holm(np.array([row.contrast.p for row in rows])).min() <= 0.05)
    return np.mean(some)


def allowed(sets):
    return 0.05 + LIMIT * np.sqrt(0.05 * 0.95 / sets)


@pytest.mark.parametrize("shared", [True, False])
def test_no_difference_is_seldom_called_one(shared):
    assert alarms(60, 20, shared) <= allowed(60)


@pytest.mark.slow
@pytest.mark.parametrize(("prompts", "shared"), [(12, True), (50, True), (50, False)])
def test_the_chance_of_any_false_alarm_is_five_percent(prompts, shared):
    assert alarms(400, prompts, shared) <= allowed(400)


def held(sets, prompts, shared):
    """The share of intervals that hold the true difference, by number: the mean over many sets."""
    rng = np.random.default_rng(1)
    found = [by_name(two(rng, prompts, shared, sharper=1.3)) for _ in range(sets)]
    shares = {}
    for name in found[0]:
        ends = [row[name].contrast.interval() for row in found]
        values = np.array([end.value for end in ends])
        ok = [end.low <= values.mean() <= end.high for end in ends]
        shares[name] = np.mean(ok)
    return shares


def test_intervals_hold_the_difference():
    error = np.sqrt(0.95 * 0.05 / 60)
    shares = held(60, 40, True)
    assert set(shares) >= {"effective_number", "same_answer", "distinct_2"}
    assert min(shares.values()) > 0.95 - 3.5 * error


@pytest.mark.slow
@pytest.mark.parametrize(("prompts", "shared"), [(20, True), (40, True), (40, False)])
def test_coverage_is_93_to_97_percent(prompts, shared):
    """Within two standard errors of 400 sets. Lengths of texts are fixed here and not drawn with
    the prompts, which leaves them out where prompts differ."""
    error = np.sqrt(0.95 * 0.05 / 400)
    for name, share in held(400, prompts, shared).items():
        if name == "words_an_answer" and not shared:
            continue
        assert 0.93 - LIMIT * error < share < 0.97 + LIMIT * error, name


@pytest.mark.slow
def test_the_prompts_needed_give_the_power():
    """Twenty pilots of 100 prompts; then 400 sets of as many prompts as it says are needed."""
    rng = np.random.default_rng(2)
    pilots = [by_name(two(rng, 100, sharper=1.25))["same_answer"] for _ in range(20)]
    delta = np.mean([row.contrast.value for row in pilots])
    sd = np.sqrt(np.mean([row.sd**2 for row in pilots]))
    n = size_needed(delta, sd, pilots[0].df)
    found = [by_name(two(rng, n, sharper=1.25))["same_answer"].contrast.p for _ in range(400)]
    error = np.sqrt(0.8 * 0.2 / 400)
    unsure = power_of(delta * 1.05, sd / np.sqrt(n), n - 1, 0.05) - 0.8  # of the pilots' mean
    assert abs(np.mean(np.array(found) <= 0.05) - 0.8) < LIMIT * error + unsure


def test_more_answers_to_a_prompt_leave_the_variance_between_prompts():
    """What 8 answers say of 32: the variance of a difference with four times as many."""
    rng = np.random.default_rng(3)
    few = [by_name(two(rng, 60, sharper=1.5))["same_answer"] for _ in range(20)]
    many = [by_name(two(rng, 60, sharper=1.5, each=32))["same_answer"].sd ** 2 for _ in range(20)]
    said = np.mean([max(row.sd**2 - row.noise, 0) + row.noise / 4 for row in few])
    assert said == pytest.approx(np.mean(many), rel=0.15)


def test_only_prompts_in_common_are_compared():
    rng = np.random.default_rng(4)
    first, second = two(rng, 30)
    more = asked(rng, np.full(10, 0.01), first=60)
    both = [np.concatenate([getattr(second, x), getattr(more, x)]) for x in ("answer", "group")]
    wide = Corpus("b", both[0].astype(np.int32), both[1].astype(np.int32))
    plain, cut = (comparison.compare([first, b], WORDS) for b in (second, wide))
    assert cut.left == (0, 10)
    assert cut.design.shared == 30
    for one, other in zip(plain.headlines, cut.headlines, strict=True):
        assert one[2:6] == other[2:6]


def test_equal_sets_do_not_differ_and_scores_are_compared():
    rng = np.random.default_rng(5)
    first, _ = two(rng, 10)
    scored = [
        Corpus(name, first.answer, first.group, scores=np.full(first.n, s))
        for name, s in (("a", 1.0), ("b", 1.5))
    ]
    rows = comparison.body(comparison.compare(scored, WORDS))["headlines"]
    assert {row["name"] for row in rows if row["differs"]} == {"score"}
    assert next(r for r in rows if r["name"] == "score")["difference"].value == 0.5


def needed(corpora, name, value, relative=False):
    found = comparison.compare(corpora, WORDS)
    return power.power(found, [Threshold(name, value, relative)])[0]


def test_power_by_hand():
    """Of the same standard deviation: a quarter of the prompts for twice the difference, and the
    relative form is relative to the first set."""
    rng = np.random.default_rng(6)
    corpora = two(rng, 40)
    small, large = (needed(corpora, "same_answer", x) for x in (0.01, 0.02))
    assert small["needed"] / large["needed"] == pytest.approx(4, rel=0.05)
    assert small["needed_together"] > small["needed"]
    first = by_name(corpora)["same_answer"].first
    assert needed(corpora, "same_answer", 0.01 / first + 1, True)["needed"] == small["needed"]
    expected = (1.96 + 0.8416) ** 2 * (small["sd"] / 0.01) ** 2
    assert small["needed"] == pytest.approx(expected, rel=0.02)
    answers = [one["answers"] for one in small["by_answers"]]
    assert answers == [8, 16, 32, None]
    sizes = [one["needed"] for one in small["by_answers"]]
    assert sizes[0] == small["needed"]
    assert sizes == sorted(sizes, reverse=True)


def test_answers_that_never_repeat_are_compared_by_their_words():
    words = Words([f"w{i} x{i % 3} y{i % 5}" for i in range(40)])
    corpora = [
        Corpus(name, np.arange(20) + first, np.arange(20) // 2)
        for name, first in (("a", 0), ("b", 20))
    ]
    found = comparison.compare(corpora, words)
    assert not found.repeat
    assert [row.name for row in found.headlines] == ["words_an_answer", "distinct_2"]


# As a user meets it


def files(prompts=12, sharper=6):
    """Two files of rows of answers to the same prompts, of which b has fewer different ones."""
    rng, names = np.random.default_rng(0), []
    for name, kinds in (("a", 30), ("b", 30 // sharper)):
        rows = [
            {"prompt": f"p{i}", "answers": [f"say {x} to {i}" for x in rng.integers(0, kinds, 6)]}
            for i in range(prompts)
        ]
        Path(f"{name}.jsonl").write_text("\n".join(map(json.dumps, rows)))
        names.append(f"{name}.jsonl")
    return names


def test_a_comparison_from_files_to_words(run):
    call = ["measure", "dummy", "dummy", "--compare", "--power", "effective_number=2"]
    _, out, _ = run("measure", "--help")
    assert "--compare" in out
    call[1:3] = files()
    code, out, err = run(*call, "--power", "same_answer=1.5x", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["asked"]["power"] == ["effective_number=2", "same_answer=1.5x"]
    about = found["comparison"]
    assert (about["paired"], about["prompts_in_common"], about["answers_a_prompt"]) == (True, 12, 6)
    rows = {row["name"]: row for row in about["headlines"]}
    assert rows["effective_number"]["differs"]
    assert rows["effective_number"]["difference"]["high"] < 1
    assert not rows["words_an_answer"]["differs"]
    words = " ".join(found["verdict"])
    assert "From a to b, effective number falls" in words
    assert "Holm" in words
    assert "Paired by 12 prompts in common; " in words
    code, out, _ = run(*call, "--out", "other")
    assert code == 0
    assert "compared (paired by 12 prompts, 6 answers each" in " ".join(out.split())
    assert "Size needed" in out


def test_sets_without_prompts_in_common_are_said_not_to_be_paired(run):
    first, second = files()
    Path(second).write_text(Path(second).read_text().replace('": "p', '": "q'))
    code, out, err = run("measure", first, second, "--compare", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert not found["comparison"]["paired"]
    assert "Not paired: the sets share no prompts" in " ".join(found["verdict"])


def test_lines_of_text_are_compared_by_answers(run):
    Path("a.txt").write_text("\n".join(f"x {i % 9}" for i in range(60)))
    Path("b.txt").write_text("\n".join(f"x {i % 3}" for i in range(60)))
    code, out, err = run("measure", "a.txt", "b.txt", "--compare", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["comparison"]["over"] == "answers"
    assert [r["name"] for r in found["comparison"]["headlines"]][:2] == [
        "effective_number",
        "collision",
    ]
    assert "Every answer counts as independent" in " ".join(found["verdict"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["a.jsonl", "--compare"], "--compare needs two sets of answers, and there are 1"),
        (["a.jsonl", "b.jsonl", "--power", "same_answer=.1"], "--power needs --compare"),
        (["a.jsonl", "b.jsonl", "--compare", "--power", "same=1"], "(did you mean same_answer?)"),
        (["a.jsonl", "b.jsonl", "--compare", "--power", "score=1"], "have no score, only"),
        (["a.jsonl", "b.jsonl", "--compare", "--power", "same_answer"], "is not NAME=NUMBER"),
        (["a.jsonl", "b.jsonl", "--compare", "--power", "distinct_2=1x"], "is no difference"),
        (["a.jsonl", "b.jsonl", "--json", "--markdown"], "--json or --markdown, not both"),
    ],
)
def test_what_cannot_be_compared_is_a_sentence(run, arguments, message):
    files()
    code, out, err = run("measure", *arguments)
    assert code == 2
    assert message in err
    assert out == ""

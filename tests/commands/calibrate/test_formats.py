"""Verdicts as public benchmarks write them, joined with answers, and with those of people."""

import json

import numpy as np
import pytest
from scipy.stats import binom

from collapse.commands.calibrate.families import family, is_person, same_family, same_model
from collapse.commands.calibrate.findings import calibrate
from collapse.commands.calibrate.reading import read_rows, read_verdicts
from collapse.files.containers import Source
from collapse.files.troubles import Troubles
from collapse.scenario.load import load_judge
from tests.shared import shared

PROMPT = (
    "[User Question]\nwhy\n\n[The Start of Assistant A's Answer]\n{}\n[The End of Assistant A's "
    "Answer]\n\n[The Start of Assistant B's Answer]\n{}\n[The End of Assistant B's Answer]"
)


def lines(path, rows):
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


def pair(question, g1, g2, **more):
    names = {"model_1": "m", "model_2": "w", "judge": ["gpt-4", "pair-v2"], "turn": 1}
    return {"question_id": question, "g1_winner": g1, "g2_winner": g2, **names, **more}


def test_mtbench_pairs_are_two_verdicts_each(tmp_path):
    rows = [
        pair(81, "model_1", "model_1"),
        pair(82, "model_1", "model_2"),
        pair(83, "tie", "error"),
        pair(84, "model_2", "model_2", g1_user_prompt=PROMPT.format("a b", "c\nd")),
    ]
    read, about = read_rows(Source(lines(tmp_path / "v.jsonl", rows)), [], Troubles())
    assert about.format == "MT-Bench pair verdicts"
    assert [row.outcome for row in read] == [1, 0, 1, 1, 0.5, None, 0, 1]
    assert [row.missing for row in read][5] == "error"
    assert [row.first.model for row in read][:2] == ["m", "w"]
    assert (read[6].first.text, read[6].second.text) == ("a b", "c\nd")
    assert (read[7].first.text, read[7].second.text) == ("c\nd", "a b")
    assert (read[0].question, read[0].turn, read[0].judge) == ("81", "1", "gpt-4")
    found = calibrate(read_verdicts(tmp_path / "v.jsonl"))
    assert found.left_out == {"error": 1}
    assert [n for n in found.notes if n.startswith("both orders: 3 pairs; 2 with the same")]
    assert "1 for the first both times, 0 for the second" in " ".join(found.notes)


def test_mtbench_scores_and_their_sentinel(tmp_path):
    rows = [
        {"question_id": q, "model": "m", "judge": ["gpt-4", "single-v1"], "turn": 1, "score": s}
        | {"judgment": "Rating", "user_prompt": PROMPT.replace(" A's", "'s").format("one two", "")}
        for q, s in enumerate([7, 8, -1, 9.5])
    ]
    read = read_verdicts(lines(tmp_path / "v.jsonl", rows))
    assert read.score.tolist() == [7, 8, 9.5]
    assert read.left_out == {"-1": 1}
    assert len(set(read.cluster)) == 3


def test_alpacaeval(tmp_path):
    rows = [
        {"instruction": f"do {i}", "output_1": "x", "output_2": "y z", "preference": p}
        | {"generator_1": "davinci", "generator_2": "gpt4", "annotator": "alpaca_eval_gpt4"}
        for i, p in enumerate([1, 2, 1.5, 0, None, 1.25])
    ]
    (tmp_path / "v.json").write_text(json.dumps(rows))
    read, about = read_rows(Source(tmp_path / "v.json"), [], Troubles())
    assert [row.outcome for row in read] == [1, 0, 0.5, 0.5, None, 0.75]
    assert "does not say which of the two was shown first" in about.notes[-1]
    assert read[0].judge == "alpaca_eval_gpt4"
    found = calibrate(read_verdicts(tmp_path / "v.json"))
    assert (
        "few" in found.estimates["position"].reason
        or "always" in found.estimates["position"].reason
    )


def test_people_and_a_judge_in_two_files(tmp_path):
    """Arena verdicts of people on the pairs that a judge saw in both orders, joined by question and
    model; kappa by hand: 3 of 4 agree, and chance agreement is 1/2."""
    judged = [pair(q, w, w) for q, w in enumerate(["model_1", "model_1", "model_2", "model_2"])]
    people = [
        {"question_id": q, "model_a": "w", "model_b": "m", "winner": w, "judge": "expert_1"}
        | {"turn": 1, "conversation_a": talk("their"), "conversation_b": talk("own")}
        for q, w in enumerate(["model_b", "model_b", "model_a", "model_b"])
    ]
    files = [lines(tmp_path / "j.jsonl", judged), lines(tmp_path / "p.jsonl", people)]
    found = calibrate(read_verdicts(files))
    assert found.rows == 8  # those of the judge
    assert found.estimates["agreement"].value == 0.75
    assert found.estimates["kappa"].value == pytest.approx(0.5)
    assert found.estimates["better"].value == 0.75
    assert "better: the majority of 1 people" in found.notes


def talk(text):
    return [{"role": "user", "content": "why"}, {"role": "assistant", "content": text}]


def test_rewardbench_is_agreement_with_the_chosen(tmp_path):
    rows = [
        {"prompt": f"q{i}", "chosen": "good one", "rejected": "bad", "chosen_model": "m"}
        | {"rejected_model": "w", "score_chosen": i % 4, "score_rejected": 1.5}
        for i in range(40)
    ]
    found = calibrate(read_verdicts(lines(tmp_path / "v.jsonl", rows)))
    assert found.estimates["better"].value == 0.5
    assert found.bases["longer"].value == 1  # the chosen is always the longer: cannot be told apart


def test_answers_are_joined_by_question_turn_and_model(run, tmp_path):
    judged = [pair(q, "model_1", "tie") for q in range(30)]
    lines(tmp_path / "v.jsonl", judged)
    for model, words in (("m", 2), ("w", 5)):
        rows = [
            {"question_id": q, "model_id": model, "choices": [{"turns": [f"{q} " * words, "-"]}]}
            for q in range(30)
        ]
        lines(tmp_path / f"{model}.jsonl", rows)
    read = read_verdicts(tmp_path / "v.jsonl", answers=[tmp_path / "m.jsonl", tmp_path / "w.jsonl"])
    assert set(np.abs(read.columns["length"])) == {3}
    assert "answers: 120 of 120 found by question and model" in read.notes
    half = read_verdicts(tmp_path / "v.jsonl", answers=[tmp_path / "m.jsonl"])
    assert "length" not in half.columns
    assert "answers: 60 of 120 found" in " ".join(half.notes)
    lines(
        tmp_path / "x.jsonl", [{"question_id": 1, "model_id": "z", "choices": [{"turns": ["-"]}]}]
    )
    code, _, err = run("calibrate", "v.jsonl", "--answers", "x.jsonl")
    assert code == 2
    assert "the files hold answers of z" in err
    lines(tmp_path / "x.jsonl", [{"a": 1, "text": f"it is {i}"} for i in range(3)])
    code, _, err = run("calibrate", "v.jsonl", "--answers", "x.jsonl")
    assert code == 2
    assert "x.jsonl is no file of answers to questions" in err
    assert "It has: a, text" in err


def test_repeats_are_compared_with_chance(tmp_path):
    """Each pair three times: 3 of 3, or 2 of 3 verdicts agree, so that of the pairs of verdicts 1
    or 1/3 do; scores 7, 7, 10 differ by sqrt(3)."""
    rows = [
        {"question": q, "model_a": "m", "model_b": "w", "choice": c, "judge": "j"}
        for q in range(40)
        for c in ("aaa" if q % 2 else "aab")
    ]
    found = calibrate(read_verdicts(lines(tmp_path / "v.jsonl", rows)))
    again = found.estimates["repeated"]
    assert again.value == pytest.approx((1 + 1 / 3) / 2)
    assert again.n == 40
    assert found.bases["repeated"].value == pytest.approx((5 / 6) ** 2 + (1 / 6) ** 2)
    assert "judged again: 40 pairs, 3 times each" in found.notes
    rows = [{"question": q, "model": "m", "score": s} for q in range(20) for s in (7, 7, 10)]
    noise = calibrate(read_verdicts(lines(tmp_path / "s.jsonl", rows))).estimates["repeat_noise"]
    assert noise.value == pytest.approx(np.sqrt(3))


def test_several_people_have_fleiss_kappa(tmp_path):
    """Three people and the judge on 30 pairs, all the same but for one person."""
    rows = []
    for q in range(30):
        own = "ab"[q % 2]
        for judge in ("gpt-4", "human_1", "human_2", "human_3"):
            choice = "a" if judge == "human_3" else own
            pair_of = {"question": q, "model_a": "m", "model_b": "w", "judge": judge}
            rows.append(pair_of | {"choice": choice})
    found = calibrate(read_verdicts(lines(tmp_path / "v.jsonl", rows)))
    assert found.rows == 30
    assert found.estimates["agreement"].value == pytest.approx((30 + 30 + 15) / 90)
    share = (15 * 4 + 15) / 120  # of verdicts for a
    observed = (15 * 1 + 15 * 0.5) / 30
    chance = share**2 + (1 - share) ** 2
    assert found.estimates["fleiss"].value == pytest.approx((observed - chance) / (1 - chance))
    assert found.estimates["fleiss"].n == 30


def test_kinds_are_not_mixed(run, tmp_path):
    lines(tmp_path / "a.jsonl", [pair(1, "tie", "model_1")])
    lines(tmp_path / "b.jsonl", [{"label": 1, "score": 2}, {"label": 0, "score": 1}])
    code, _, err = run("calibrate", "a.jsonl", "b.jsonl")
    assert code == 2
    assert "hold verdicts on pairs and on single answers" in err


def test_own_models_makers_and_people():
    assert same_model("gpt-4", "gpt4")
    assert same_model("alpaca_eval_gpt4", "gpt4")
    assert not same_model("gpt-4", "gpt-4-turbo")
    assert same_family("gpt-4", "text_davinci_003")
    assert same_family("claude-3-opus", "Claude-2")
    assert not same_family("gpt-4", "claude-2")
    assert family("Meta-Llama-3-8B") == "Meta"
    assert family("my-own") is None
    for name in ("human", "expert_3", "author-1", "arena_user_7", "Crowd"):
        assert is_person(name)
    for name in ("gpt-4", "humane-judge", None, "experts2vec-x"):
        assert not is_person(name) or name == "experts2vec-x"


# Kinds of cells that failed in the field


def pairs_of(choices):
    return [{"better": "a", "position": "ab"[i % 2], "choice": c} for i, c in enumerate(choices)]


@pytest.mark.parametrize(
    "words",
    [("A>B", "B>>A", "A=B"), ("[[A]]", "[[B]]", "[[C]]"), ("model_a", "model_b", "tie (bothbad)")],
)
def test_spellings_of_pairs_are_one(tmp_path, words):
    a, b, tie = words
    found = calibrate(
        read_verdicts(lines(tmp_path / "v.jsonl", pairs_of([a] * 23 + [b] * 12 + [tie] * 5)))
    )
    assert found.estimates["ties"].value == 5 / 40
    assert found.estimates["better"].value == 23 / 35


def test_rows_without_a_verdict_are_counted(tmp_path):
    choices = ["a", "b", "a", "error"] * 10
    found = calibrate(read_verdicts(lines(tmp_path / "v.jsonl", pairs_of(choices))))
    assert found.left_out == {"error": 10}
    assert found.rows == 30
    assert found.estimates["abstained"].value == 0.25
    rows = [{"label": i % 2, "score": [7, "8/10", "[[3]]", -1, ""][i % 5]} for i in range(60)]
    read = read_verdicts(lines(tmp_path / "s.jsonl", rows))
    assert read.left_out == {"-1": 12, "blank": 12}
    assert set(read.score) == {7, 8, 3}


def test_labels_may_lack_and_are_made_up_for(tmp_path):
    """Rogan and Gladen: of 200 unlabelled rows 110 are kept; the judge keeps 80 % of what is right
    and 30 % of what is wrong, so that (.55 - .30) / (.80 - .30) are right."""
    rows = [{"label": 1, "choice": int(i < 80)} for i in range(100)]
    rows += [{"label": 0, "choice": int(i < 30)} for i in range(100)]
    rows += [{"label": None, "choice": int(i < 110)} for i in range(200)]
    found = calibrate(read_verdicts(lines(tmp_path / "v.jsonl", rows)))
    share = found.estimates["right_unlabelled"]
    assert share.value == pytest.approx(0.5)
    sd = np.sqrt(0.55 * 0.45 / 200 + 0.25 * (0.8 * 0.2 + 0.3 * 0.7) / 100) / 0.5
    assert (share.high - share.low) / 2 == pytest.approx(1.96 * sd, rel=0.03)
    assert found.bases["right_unlabelled"].value == 0.55
    assert found.estimates["keep_right"].value == 0.8
    for name in ("keep_right", "keep_wrong"):  # 110 of the 200 with a label
        assert found.bases[name].value == 0.55


def test_scores_as_probabilities(tmp_path):
    """Two bins: .2 of which half are right, and .9 of which nine in ten are: error (.3 + 0) / 2."""
    rows = [{"score": 0.2, "label": i % 2} for i in range(100)]
    rows += [{"score": 0.9, "label": int(i % 10 > 0)} for i in range(100)]
    found = calibrate(read_verdicts(lines(tmp_path / "v.jsonl", rows)))
    error = found.estimates["calibration_error"]
    assert error.value == pytest.approx(0.15)
    assert error.low < 0.15 < error.high
    assert [(b["n"], b["score"]) for b in found.diagram] == [
        (100, pytest.approx(0.2)),
        (100, pytest.approx(0.9)),
    ]
    assert found.diagram[1]["right"]["value"] == 0.9
    assert 0 < found.bases["calibration_error"].value < 0.06


def test_usual_names_of_columns(tmp_path):
    rows = [
        {"prompt": f"p{i}", "response_a": "x y", "response_b": "z"}
        | {"model_a": "m", "model_b": "w", "winner": ("m", "w", "tie", "m")[i % 4]}
        for i in range(40)
    ]
    read = read_verdicts(lines(tmp_path / "v.jsonl", rows))
    assert read.chosen.tolist()[:4] == [1, 0, 0.5, 1]
    assert (read.columns["length"] > 0).all()
    assert (len(set(read.cluster)), read.cluster_of) == (40, "question")


def test_the_written_judge_has_what_was_found(run, tmp_path):
    """From a public file to a judge that runs: position in it, formats in its comments."""
    random = np.random.default_rng(6)
    rows = []
    for q in range(200):
        texts = ["x " * random.integers(5, 20) + "**b**" * random.integers(0, 2) for _ in "ab"]
        words = [len(text.replace("*", " * ").split()) for text in texts]  # a sign is a token
        gap = 0.1 * (words[0] - words[1])
        g1, g2 = random.random(2) < 1 / (1 + np.exp([-0.8 - gap, -0.8 + gap]))
        winners = ("model_1" if g1 else "model_2", "model_2" if g2 else "model_1")
        rows.append(pair(q, *winners, g1_user_prompt=PROMPT.format(*texts)))
    lines(tmp_path / "v.jsonl", rows)
    code, out, err = run("calibrate", "v.jsonl", "--json")
    assert code == 0, err
    document = json.loads(out)
    judge, found = load_judge(document["judge"]), document["estimates"]
    assert judge.reward.bonus == pytest.approx(found["position"]["value"], rel=1e-4)
    assert judge.reward.reward.strength == pytest.approx(found["length"]["value"], rel=1e-4)
    for name, planted in (("position", 0.8), ("length", 0.1)):
        error = (found[name]["high"] - found[name]["low"]) / (2 * 1.96)
        assert abs(found[name]["value"] - planted) < 4 * error, name
    assert "# Not in it: markdown" in (tmp_path / "calibrated.py").read_text()
    code, out, _ = run("calibrate", "v.jsonl")
    assert "collapse judge calibrated.py:Calibrated" in out


# Public files


def logit(x, y):
    """A logistic regression by a general library: coefficients and standard errors by cluster."""
    return pytest.importorskip("statsmodels.api").Logit(y, x).fit(disp=0)


@pytest.mark.data
def test_the_public_pairs_of_mtbench(tmp_path):
    read = read_verdicts(shared("judgments/mtbench_gpt-4_pair.jsonl"))
    found = calibrate(read)
    said = " ".join(found.notes)
    assert "both orders: 73 pairs; 46 with the same verdict, 16 for the first both times" in said
    assert "2 for the second, 9 a tie in one order" in said
    assert found.left_out == {"error": 3}
    kept = read.chosen != 0.5
    side = np.array([1.0 if m == "phi-3-dpo" else -1.0 for m in read.models[0]])
    x = np.column_stack([np.ones(kept.sum()), read.columns["length"][kept], side[kept]])
    fit = logit(x, read.chosen[kept])
    for i, name in enumerate(("position", "length")):
        assert found.estimates[name].value == pytest.approx(fit.params[i], rel=1e-5)
    assert found.estimates["phi-3-dpo over phi-3"].value == pytest.approx(fit.params[2], rel=1e-5)


@pytest.mark.data
def test_the_public_annotations_of_alpacaeval():
    read = read_verdicts(shared("judgments/alpacaeval_gpt4_annotations.json"))
    found = calibrate(read)
    first = found.estimates["first"]
    assert first.value == pytest.approx(32 / 793)
    assert (first.low, first.high) == pytest.approx((0.0287, 0.0564), abs=5e-5)
    kept = read.chosen != 0.5
    x = np.column_stack([np.ones(kept.sum()), read.columns["length"][kept]])
    fit = logit(x, read.chosen[kept])
    length = found.estimates["length"]
    assert length.value == pytest.approx(fit.params[1], rel=1e-5)
    assert (length.high - length.low) / (2 * 1.959964) == pytest.approx(fit.bse[1], rel=1e-4)
    assert "always by text_davinci_003" in found.estimates["position"].reason


@pytest.mark.data
def test_the_public_scores_of_mtbench():
    read = read_verdicts(shared("judgments/mtbench_gpt-4_single.jsonl"))
    assert read.rows == 160
    values, counts = np.unique(read.score, return_counts=True)
    assert dict(zip(values, counts, strict=True))[1] == 90
    found = calibrate(read)
    x = np.column_stack([np.ones(160), read.columns["length"]])
    fit = pytest.importorskip("statsmodels.api").OLS(read.score, x).fit()
    assert found.estimates["length"].value == pytest.approx(fit.params[1])
    assert found.estimates["noise"].value == pytest.approx(np.sqrt(fit.mse_resid))


@pytest.mark.data
def test_answers_of_a_public_judge_are_found_by_question_and_model(tmp_path):
    """Verdicts without the prompts of the judge, and the answers of one of the two models."""
    path, answers = (
        shared(f"{name}.jsonl")
        for name in ("judgments/mtbench_gpt-4_pair", "answers/mtbench_answer_phi-3")
    )
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    lines(tmp_path / "v.jsonl", [{k: v for k, v in r.items() if "prompt" not in k} for r in rows])
    read = read_verdicts(tmp_path / "v.jsonl", answers=[answers])
    assert [n for n in read.notes if n.startswith("answers: 150 of 300 found")]
    own = read_verdicts(path, answers=[answers])
    assert "answers: the verdicts hold all texts themselves" in " ".join(own.notes)


def test_no_disagreement_gives_a_bound_in_place_of_an_interval(run, tmp_path):
    """80 questions, on which judge and people never differ: the exact one-sided bound of a share of
    which none is seen solves (1 - p)^80 = 0.05."""
    rows = [
        {"question": q, "model": m, "choice": (q + m) % 2, "label": (q + m) % 2}
        for q in range(80)
        for m in (0, 1)
    ]
    code, out, err = run("calibrate", lines(tmp_path / "v.jsonl", rows))
    assert code == 0, err
    most = 100 * (1 - 0.05 ** (1 / 80))
    assert binom.cdf(0, 80, most / 100) == pytest.approx(0.05)
    told = " ".join(out.split())
    assert "No interval: Cohen's kappa; Krippendorff's alpha: no disagreement is seen in 80" in told
    assert f"at most {most:.2g} % of all questions hold one" in told
    rows[0]["choice"] = 1 - rows[0]["choice"]
    lines(tmp_path / "v.jsonl", rows)
    code, out, _ = run("calibrate", "v.jsonl", "--out", "other.py")
    assert code == 0
    assert "No interval" not in out


@pytest.mark.parametrize("kind", ["accepts", "scores", "pairs"])
def test_every_number_has_a_base_rate(tmp_path, kind):
    """A constant prediction, a coin, or one of three; so also without verdicts of people."""
    random = np.random.default_rng(2)
    rows = []
    for q in range(60):
        for again in (0, 1):
            row = {"question": q, "judge": "j", "text": f"t{q}", "label": q % 2}
            score = 5 + 3 * (q % 2) + random.normal()
            if kind == "pairs":
                row = {"question": q, "judge": "j", "text_a": f"t{q}", "text_b": f"two {q}"}
                row |= {"choice": random.choice(["a", "b", "tie"]), "position": "ab"[again]}
            else:
                row |= {"score": score} if kind == "scores" else {"choice": int(score > 6)}
            rows.append(row)
    rows.append(rows[0] | {"score" if kind == "scores" else "choice": None})
    found = calibrate(read_verdicts(lines(tmp_path / "v.jsonl", rows)))
    bases = {name: base.value for name, base in found.bases.items()}
    known = {name for name, each in found.estimates.items() if each.best is not None}
    assert known <= set(bases)
    assert bases["abstained"] == 0
    if kind == "pairs":
        assert bases["ties"] == pytest.approx(1 / 3)
    elif kind == "accepts":
        assert bases["kept"] == pytest.approx(0.5)  # as many are right
        assert {"keep_right", "kept", "repeated"} <= known
    else:
        score = [row["score"] for row in rows if row["score"] is not None]
        spread = np.std(score, ddof=1)
        assert bases["noise"] == bases["repeat_noise"] == pytest.approx(spread)
        assert found.estimates["noise"].high < spread

"""Each format, in a small file as its tool writes it, read with no option but the path."""

import json
import zipfile
from collections import Counter

import pytest

from collapse.errors import UserError
from collapse.files.formats import FORMATS
from collapse.files.read import read_items
from collapse.files.recognise import fits, matching
from tests.files.reading import answers, lines, tally_of


def turn(role, content):
    return {"role": role, "content": content}


def openai(texts, **more):
    choices = [
        {"index": i, "message": turn("assistant", text), "finish_reason": "stop"}
        for i, text in enumerate(texts)
    ]
    return {"id": "c0", "object": "chat.completion", "model": "m", "choices": choices} | more


def batch(number, body, error=None):
    response = body and {"status_code": 200, "request_id": "r", "body": body}
    return {"id": "b", "custom_id": f"q{number}", "response": response, "error": error}


INSPECT = {
    "id": 1,
    "epoch": 1,
    "input": "Say it.",
    "target": "x",
    "messages": [turn("user", "Say it."), turn("assistant", "yes")],
    "output": {
        "model": "m",
        "choices": [{"message": turn("assistant", "yes"), "stop_reason": "stop"}],
        "completion": "yes",
    },
    "scores": {"match": {"value": "C", "answer": "yes"}},
}
PROMPTFOO = {
    "evalId": "e",
    "results": {
        "version": 3,
        "prompts": [{"raw": "Say {{x}}", "provider": "openai:m"}],
        "results": [
            {
                "prompt": {"raw": f"Say {i}", "label": "p"},
                "vars": {"x": i},
                "provider": {"id": "openai:m"},
                "response": {"output": f"it is {i}"},
                "success": True,
                "score": 1,
            }
            for i in range(3)
        ],
        "stats": {"successes": 3},
    },
}
LABEL_STUDIO = [
    {
        "id": i,
        "data": {"text": f"What is {i}?"},
        "annotations": [
            {"id": 9, "result": [{"type": "textarea", "value": {"text": [f"it is {i}"]}}]}
        ],
    }
    for i in range(4)
]
ARGILLA = [
    {"id": f"r{i}", "fields": {"prompt": f"q{i}", "response": f"a{i % 2} b"}, "responses": {}}
    for i in range(4)
]
RESPONSES = {
    "object": "response",
    "model": "m",
    "error": None,
    "output": [
        {"type": "reasoning", "summary": []},
        {"type": "message", "content": [{"type": "output_text", "text": "a b"}]},
    ],
}

# name of the file, content (a list: JSONL), corpus, text and prompt of each answer
CASES = {
    "chat, parts and a system turn": (
        "a.jsonl",
        [
            {
                "messages": [
                    turn("system", "s"),
                    turn("user", "q1"),
                    turn("assistant", "no"),
                    turn("user", "q2"),
                    turn("assistant", [{"type": "text", "text": "yes "}, {"text": "sir"}]),
                ]
            }
        ]
        * 2,
        [("a", "yes sir", "q2")] * 2,
    ),
    "ShareGPT": (
        "a.json",
        json.dumps(
            [
                {
                    "id": f"x{i}",
                    "conversations": [
                        {"from": "human", "value": "q1"},
                        {"from": "gpt", "value": "same"},
                        {"from": "human", "value": "q2"},
                        {"from": "chatgpt", "value": f"other {i}"},
                    ],
                }
                for i in range(2)
            ],
            indent=2,
        ),
        [("a", "same", "q1"), ("a", "other 0", "q2"), ("a", "same", "q1"), ("a", "other 1", "q2")],
    ),
    "OpenAI batch output": (
        "a.jsonl",
        [batch(0, openai(["a b", "c d"])), batch(1, None, {"code": "rate_limit"})],
        [("a", "a b", "q0"), ("a", "c d", "q0")],
    ),
    "OpenAI batch output of responses": (
        "a.jsonl",
        [batch(i, RESPONSES) for i in range(2)],
        [("a", "a b", "q0"), ("a", "a b", "q1")],
    ),
    "OpenAI responses": ("a.jsonl", [RESPONSES] * 2, [("a", "a b", None)] * 2),
    "Anthropic batch output": (
        "a.jsonl",
        [
            {
                "custom_id": "q0",
                "result": {
                    "type": "succeeded",
                    "message": {
                        "model": "m",
                        "content": [
                            {"type": "thinking", "thinking": "hm"},
                            {"type": "text", "text": "a "},
                            {"type": "text", "text": "b"},
                        ],
                        "stop_reason": "end_turn",
                    },
                },
            },
            {"custom_id": "q1", "result": {"type": "errored", "error": {"type": "x"}}},
            {"custom_id": "q2", "result": {"type": "expired"}},
        ],
        [("a", "a b", "q0")],
    ),
    "chat completions": (
        "a.jsonl",
        [openai(["a", "b", "a"])] * 2,
        [("a", x, None) for x in "abaaba"],
    ),
    "one completion, pretty-printed": (
        "a.json",
        json.dumps({"object": "text_completion", "choices": [{"text": "a b"}]}, indent=1),
        [("a", "a b", None)],
    ),
    "Ollama responses": (
        "a.jsonl",
        [{"model": "m", "response": "hi", "done": True, "done_reason": "stop"}] * 2,
        [("a", "hi", None)] * 2,
    ),
    "Ollama chat": (
        "a.jsonl",
        [{"model": "m", "message": turn("assistant", "hi"), "done": True}] * 2,
        [("a", "hi", None)] * 2,
    ),
    "lm-evaluation-harness samples": (
        "samples_gsm8k_2026.jsonl",
        [
            {
                "doc_id": i,
                "doc": {"question": f"q{i}"},
                "arguments": {"gen_args_0": {"arg_0": f"q{i}", "arg_1": {"until": []}}},
                "resps": [["it is 0", "it is 1"]],
                "filtered_resps": ["0"],
                "filter": name,
                "exact_match": 1.0,
            }
            for i in range(2)
            for name in ("strict-match", "flexible-extract")
        ],
        [("samples_gsm8k_2026", f"it is {k}", f"q{i}") for i in range(2) for k in range(2)],
    ),
    "AlpacaEval outputs": (
        "a.json",
        json.dumps(
            [
                {"instruction": f"q{i}", "output": "a b", "generator": "m", "dataset": "d"}
                for i in range(2)
            ]
        ),
        [("a", "a b", "q0"), ("a", "a b", "q1")],
    ),
    "AlpacaEval annotations": (
        "a.json",
        json.dumps(
            [
                {
                    "instruction": "q",
                    "output_1": "x y",
                    "generator_1": "m1",
                    "output_2": "z",
                    "generator_2": "m2",
                    "preference": 2.0,
                }
            ]
        ),
        [("m1", "x y", "q"), ("m2", "z", "q")],
    ),
    "MT-Bench answers": (
        "a.jsonl",
        [
            {
                "question_id": 81,
                "answer_id": "abc",
                "model_id": "m",
                "choices": [{"index": 0, "turns": ["one", "two"]}],
                "tstamp": 1.5,
            }
        ],
        [("a", "one", "81, turn 1"), ("a", "two", "81, turn 2")],
    ),
    "Chatbot Arena": (
        "a.json",
        json.dumps(
            [
                {
                    "question_id": "h",
                    "model_a": "m1",
                    "model_b": "m2",
                    "winner": "tie (bothbad)",
                    "conversation_a": [turn("user", "q"), turn("assistant", "x")],
                    "conversation_b": [turn("user", "q"), turn("assistant", "y")],
                }
            ]
        ),
        [("m1", "x", "q"), ("m2", "y", "q")],
    ),
    "TRL preference": (
        "a.jsonl",
        [{"prompt": "q", "chosen": "good", "rejected": "bad"}],
        [("chosen", "good", "q"), ("rejected", "bad", "q")],
    ),
    "TRL preference in messages, the prompt within": (
        "a.jsonl",
        [
            {
                "chosen": [turn("user", "q"), turn("assistant", "good")],
                "rejected": [turn("user", "q"), turn("assistant", "bad")],
            }
        ],
        [("chosen", "good", "q"), ("rejected", "bad", "q")],
    ),
    "LLaMA-Factory preference": (
        "a.json",
        json.dumps(
            [
                {
                    "conversations": [{"from": "human", "value": "q"}],
                    "chosen": {"from": "gpt", "value": "good"},
                    "rejected": {"from": "gpt", "value": "bad"},
                }
            ]
        ),
        [("chosen", "good", "q"), ("rejected", "bad", "q")],
    ),
    "TRL KTO": (
        "a.jsonl",
        [{"prompt": "q", "completion": "c", "label": i == 0} for i in range(2)],
        [("a", "c", "q")] * 2,
    ),
    "TRL prompt and completion in messages": (
        "a.jsonl",
        [{"prompt": [turn("user", "q")], "completion": [turn("assistant", "c")]}],
        [("a", "c", "q")],
    ),
    "RewardBench": (
        "a.json",
        json.dumps(
            [
                {
                    "prompt": "q",
                    "chosen": "x",
                    "chosen_model": "m1",
                    "rejected": "y",
                    "rejected_model": "m2",
                    "subset": "s",
                    "id": 3,
                }
            ]
        ),
        [("m1", "x", "q"), ("m2", "y", "q")],
    ),
    "distilabel": (
        "a.jsonl",
        [{"instruction": "q", "generation": "g", "model_name": "m", "distilabel_metadata": {}}],
        [("a", "g", "q")],
    ),
    "distilabel, several": (
        "a.jsonl",
        [
            {
                "instruction": "q",
                "generations": ["g", "h"],
                "model_names": ["m", "m"],
                "ratings": [1, 2],
                "rationales": ["because of x", "because of y"],
            }
        ],
        [("a", "g", "q"), ("a", "h", "q")],
    ),
    "NoveltyBench": (
        "a.jsonl",
        [
            {
                "id": "curated-0",
                "prompt": "q",
                "model": "m",
                "generations": ["g", "h"],
                "partition": [0, 1],
                "generation_scores": [1, 2],
            }
        ],
        [("a", "g", "q"), ("a", "h", "q")],
    ),
    "Inspect log as JSON": (
        "a.json",
        json.dumps({"version": 2, "eval": {"model": "openai/m"}, "samples": [INSPECT, INSPECT]}),
        [("a", "yes", "Say it.")] * 2,
    ),
    "promptfoo": (
        "a.json",
        json.dumps(PROMPTFOO, indent=2),
        [("a", f"it is {i}", f"Say {i}") for i in range(3)],
    ),
    "verl rollouts": (
        "1.jsonl",
        [{"input": "q", "output": f"o{i}", "gts": "1", "score": 0.5, "step": 1} for i in range(2)],
        [("1", "o0", "q"), ("1", "o1", "q")],
    ),
    "HumanEval samples": (
        "a.jsonl",
        [{"task_id": "HumanEval/0", "completion": "    return 1", "passed": True}],
        [("a", "return 1", "HumanEval/0")],
    ),
    "Argilla": ("a.json", json.dumps(ARGILLA), [("a", f"a{i % 2} b", None) for i in range(4)]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_file_of_each_format_is_read_with_no_option(write, case):
    name, content, expected = CASES[case]
    path = write(name, content if isinstance(content, str) else lines(content))
    assert answers(path) == expected
    assert sorted(read_items(path).items) == sorted(text for _, text, _ in expected)


def test_label_studio_is_refused_with_the_options_that_work(write):
    path = write("a.json", json.dumps(LABEL_STUDIO))
    with pytest.raises(UserError) as caught:
        tally_of(path)
    told = str(caught.value)
    option = "annotations[].result[].value.text"
    assert f"--field {option} (it is 0)" in told
    assert "--field data.text (What is 0?)" in told
    assert [text for _, text, _ in answers(path, field=option)] == [f"it is {i}" for i in range(4)]


@pytest.mark.parametrize("packing", [zipfile.ZIP_DEFLATED, 93])
def test_inspect_eval_files(tmp_path, packing):
    """A zip file, compressed by deflate or by zstd."""
    path = tmp_path / "log.eval"
    header = {"eval": {"model": "openai/m"}}
    files = {"header.json": header, "_journal/start.json": {}, "summaries.json": [{"id": 1}]}
    files |= {f"samples/{i}_epoch_1.json": INSPECT | {"id": i} for i in range(3)}
    if packing == 93:
        _zstd_zip(path, files)
    else:
        with zipfile.ZipFile(path, "w", packing) as held:
            for name, value in files.items():
                held.writestr(name, json.dumps(value))
    tally = tally_of(path)
    assert [one.n for one in tally.corpora()] == [3]
    (about,) = tally.reads
    assert (about.format, about.rows[0]["model"]) == ("Inspect log", "openai/m")


def _zstd_zip(path, files):
    """A zip file whose members are compressed by zstd, by hand: zipfile learned it in 3.14."""
    zstandard = pytest.importorskip("zstandard")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as held:
        for name, value in files.items():
            held.writestr(name, zstandard.ZstdCompressor().compress(json.dumps(value).encode()))
    data = bytearray(path.read_bytes())
    for magic, at in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        place = data.find(magic)
        while place >= 0:
            data[place + at : place + at + 2] = (93).to_bytes(2, "little")
            place = data.find(magic, place + 4)
    path.write_bytes(data)


PAIRS = {"question_id": 1, "model_1": "a", "model_2": "b", "g1_winner": "tie", "g2_winner": "tie"}
SINGLE = {
    "question_id": 1,
    "model": "a",
    "judge": ["g", "s"],
    "score": 7,
    "turn": 1,
    "judgment": "",
}


@pytest.mark.parametrize("record", [PAIRS, SINGLE])
def test_verdicts_without_answers_are_sent_to_calibrate(write, record):
    with pytest.raises(UserError, match="and no answers. Give it to collapse calibrate"):
        tally_of(write("a.jsonl", lines([record] * 3)))


def test_log_likelihoods_are_no_answers(write):
    row = {"doc_id": 0, "doc": {"q": "x"}, "resps": [[["-1.5", "False"]], [["-0.5", "True"]]]}
    with pytest.raises(UserError, match="log-likelihoods of choices, not texts"):
        tally_of(write("a.jsonl", lines([row] * 3)))


def test_a_model_that_only_the_directory_names_is_a_group(tmp_path):
    """lm-evaluation-harness writes the samples of each model into a directory of its name."""
    rows = CASES["lm-evaluation-harness samples"][1][::2]  # of one filter
    for model, count in (("llama-2", 2), ("qwen", 3)):
        (tmp_path / model).mkdir()
        (tmp_path / model / "samples_task.jsonl").write_text(lines(rows[:1] * count))
    found = Counter(name for name, *_ in answers(tmp_path, group_by="model"))
    assert found == {"llama-2": 4, "qwen": 6}
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("phi/samples_task.jsonl", lines(rows))
    assert [name for name, *_ in answers(tmp_path / "all.zip", group_by="model")] == ["phi"] * 4


def test_models_of_a_format_are_groups_when_asked(write):
    records = [batch(i, openai(["x"], model=f"m{i}")) for i in range(2)]
    path = write("a.jsonl", lines(records))
    assert [name for name, _, _ in answers(path, group_by="model")] == ["m0", "m1"]
    assert [name for name, _, _ in answers(path, group_by="response.body.model")] == ["m0", "m1"]
    assert any("--group-by response.body.model separates them" in n for n in tally_of(path).notes)


def test_every_format_recognises_its_own_and_the_first_is_right():
    """No entry stands behind one that takes its files."""
    assert len({one.name for one in FORMATS}) == len(FORMATS)
    for one in FORMATS:
        record: dict = {}
        for key in one.keys:
            _put(record, key.split("|")[0])
        for path in one.turns:
            record[path] = [turn("user", "q"), turn("assistant", "a")]
        assert fits(one, record), one.name
        assert matching([record]) is one, one.name


def test_every_format_has_a_file_here_or_among_the_verdicts():
    """Of each entry of the table a file is read somewhere with no option."""
    from tests.commands.calibrate.test_reading import TOOLS

    found = {"Inspect log", *TOOLS}
    for _, content, _ in CASES.values():
        records = content if isinstance(content, list) else json.loads(content)
        records = records if isinstance(records, list) else [records]
        records = records[0].get("results", {}).get("results", records)
        one = matching(records)
        found |= {one.name} if one else set()
    assert {one.name for one in FORMATS} == found
    assert {one.name for one in FORMATS if one.judged} == set(TOOLS)


def _put(record, path):
    *before, last = path.split(".")
    for name in before:
        many = name.endswith("[]")
        held = record.setdefault(name.removesuffix("[]"), [{}] if many else {})
        record = held[0] if many else held
    record.setdefault(last, "x")

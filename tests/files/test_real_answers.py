"""Real files of answers and verdicts, read with no option, against what is known of them."""

import numpy as np
import pytest

from collapse.errors import UserError
from collapse.metrics.counts import entropy
from tests.files.reading import tally_of
from tests.shared import shared

pytestmark = pytest.mark.data
ALPACA = {"text_davinci_003": (805, 805), "gpt4": (805, 805)}
LLAMA = {"chosen": (300, 286), "rejected": (300, 289)}
GEMINI = "llm_outputs/noveltybench/gemini-1.5-pro_curated_scores.jsonl"
# file, format, (answers, different) of each corpus, prompts
REAL = [
    ("answers/mtbench_answer_phi-3.jsonl", "MT-Bench answers", [(160, 160)], 160),
    ("answers/mtbench_answer_llama3.jsonl", "MT-Bench answers", [(160, 160)], 160),
    ("answers/humaneval_example_samples.jsonl", "HumanEval samples", [(6, 4)], 1),
    ("answers/llamafactory_dpo_zh_demo.json", "TRL preferences", LLAMA, 289),
    ("judgments/alpacaeval_gpt4_annotations.json", "AlpacaEval annotations", ALPACA, 805),
    ("judgments/inspect_popularity.eval", "Inspect log", [(10, 2)], 10),
    ("judgments/inspect_popularity.json", "Inspect log", [(3, 2)], 3),
    (GEMINI, "NoveltyBench", [(1000, 636)], 100),
]


@pytest.mark.parametrize(("path", "name", "corpora", "prompts"), REAL, ids=[row[0] for row in REAL])
def test_real_files_are_recognised(path, name, corpora, prompts):
    tally = tally_of(shared(path))
    assert tally.reads[0].format == name
    assert tally.troubles.count == 0
    found = {one.name: (one.n, len(set(one.answer.tolist()))) for one in tally.corpora()}
    assert (found if isinstance(corpora, dict) else list(found.values())) == corpora
    assert len(tally.groups) == prompts


def test_answers_that_end_within_their_reasoning_are_left_out():
    """Qwen3 in Japanese: 160 turns, each with a block of reasoning, which 32 do not leave."""
    tally = tally_of(shared("answers/ja_mtbench_qwen3.jsonl"))
    (about,) = tally.reads
    assert about.counts == {"answers": 160, "reasoning": 160, "empty": 32}
    assert tally.corpora()[0].n == 128
    assert not any("<think>" in text for text in tally.texts)


@pytest.mark.parametrize("name", ["pair", "single"])
def test_verdicts_of_mt_bench_hold_no_answers(name):
    with pytest.raises(UserError, match="Give it to collapse calibrate"):
        tally_of(shared(f"judgments/mtbench_gpt-4_{name}.jsonl"))


# options, and n, different and entropy in nats of each corpus, as plain Python has them
AS_BEFORE = {
    "llm_outputs/jokegpt/jokes_clean.txt": ({}, [(1011, 118, 3.4332422153664743)]),
    "llm_outputs/jokegpt/responses.jsonl": ({}, [(1002, 263, 4.393369452328229)]),
    GEMINI: (
        {"classes": "partition"},
        [(1000, 636, 6.065420890644985)],
    ),
    "llm_outputs/knowledge_collapse/corpus.zip": (
        {"field": "text"},
        [(300, 300, 5.703782474656201)] + [(100, 100, 4.605170185988091)] * 9,
    ),
    "llm_outputs/knowledge_collapse/languages-corpus.zip": (
        {"field": "text"},
        [(100, 100, 4.605170185988091), (100, 99, 4.5913072423768915)],
    ),
    "llm_outputs/noveltybench/curated_prompts.jsonl": (
        {"field": "prompt"},
        [(100, 100, 4.605170185988091)],
    ),
    "text/jokes/reddit-cleanjokes.csv": ({}, [(1622, 1611, 7.381691137193187)]),
    "text/jokes/official_joke_api.json": (
        {"field": "setup,punchline"},
        [(451, 447, 6.0991720458342105)],
    ),
    "text/jokes/yesinteractive_dadjokes.txt": ({}, [(530, 459, 6.075664879575388)]),
    "text/names.txt": ({}, [(32033, 29494, 10.264641421437702)]),
    "text/tinystories/tinystories_1000.json": ({}, [(1000, 1000, 6.907755278982137)]),
}


@pytest.mark.parametrize("path", AS_BEFORE)
def test_files_without_a_format_are_read_as_plain_python_reads_them(path):
    columns, expected = AS_BEFORE[path]
    found = []
    for one in tally_of(shared(path), **columns).corpora():
        counts = np.bincount(one.answer)
        found.append((one.n, int((counts > 0).sum()), entropy(counts[counts > 0])))
    assert found == [(n, many, pytest.approx(nats, rel=1e-14)) for n, many, nats in expected]

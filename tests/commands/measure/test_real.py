"""Real outputs of models, against what is known of the files."""

from collections import Counter
from math import log

import pytest

from collapse.commands.measure.tally import Tally, read
from collapse.files.plan import Columns
from tests.commands.measure.test_command import measured, only
from tests.shared import ROOT, shared

BITS = log(2)
PAGE = (ROOT / "docs" / "measure.md").read_text()


@pytest.mark.data
def test_chatgpt_knows_few_jokes(run):
    """1,011 jokes by ChatGPT (Jentzsch and Kersting 2023): 118 different ones."""
    document = measured(run, shared("llm_outputs/jokegpt/jokes_clean.txt"))
    found = only(document)
    assert (found["n"], found["different"], found["singletons"]) == (1011, 118, 55)
    assert found["entropy"]["value"] / BITS == pytest.approx(4.9531, abs=5e-5)
    assert [answer["count"] for answer in found["top"][:5]] == [140, 120, 119, 95, 50]
    assert found["top_shares"]["4"] == pytest.approx(0.469, abs=5e-4)
    assert found["top_shares"]["25"] == pytest.approx(0.834, abs=5e-4)
    assert 1 / found["hill_2"]["value"] == pytest.approx(0.06535, abs=5e-6)
    assert found["words"] == 12_694
    assert found["distinct_1"] == pytest.approx(0.02938, abs=5e-6)
    first = document["verdict"][0]
    assert "1,011 answers contain 118 different ones; four of them make up 47%" in first


@pytest.mark.data
def test_people_know_more_jokes(run):
    """Against jokes of people: hundreds in as many, and more words in common among themselves."""
    people = shared("text/jokes/reddit-cleanjokes.csv")
    document = measured(run, shared("llm_outputs/jokegpt/jokes_clean.txt"), "--reference", people)
    found = document["reference"]
    compared = found["compared"]["jokes_clean"]
    assert found["corpus"]["n"] == 1622
    assert compared["m"] == 811
    assert compared["sample"]["effective_number"] < 40
    assert compared["reference"]["effective_number"] > 780
    floor = compared["floor"]["words_in_common"]
    assert all(sentence in PAGE for sentence in document["verdict"])
    assert compared["against"]["words_in_common"]["high"] < floor["low"]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "field", "n", "different"),
    [
        ("reddit-cleanjokes.csv", None, 1622, 1611),
        ("official_joke_api.json", "setup,punchline", 451, 447),
        ("yesinteractive_dadjokes.txt", None, 530, 459),
    ],
)
def test_corpora_of_people(name, field, n, different):
    tally = Tally()
    read([shared(f"text/jokes/{name}")], Columns(field), tally, lambda *_: None)
    (corpus,) = tally.corpora()
    assert (corpus.n, len(tally.texts)) == (n, different)


@pytest.mark.data
def test_requests_for_a_joke_in_ten_wordings(run):
    path = shared("llm_outputs/jokegpt/responses.jsonl")
    found = only(measured(run, path, "--prompt", "prompt_index"))
    assert found["n"] == 1002
    assert found["prompts"]["prompts"] == 10
    assert found["prompts"]["answers_a_prompt"] == [93, 104]
    # The wordings hardly matter: what an answer tells of its prompt is near to chance.
    about = found["prompts"]
    assert about["prompt_information"] < about["by_chance"] + 0.25 * about["ceiling"]


@pytest.mark.data
def test_gemini_repeats_itself(run):
    """NoveltyBench's curated prompts, asked ten times each (Zhang et al. 2025)."""
    path = shared("llm_outputs/noveltybench/gemini-1.5-pro_curated_scores.jsonl")
    document = measured(run, path)
    found = only(document)
    assert all(sentence in PAGE for sentence in document["verdict"])
    assert found["n"] == 1000
    assert found["prompts"]["prompts"] == 100
    assert found["prompts"]["answers_a_prompt"] == [10, 10]
    # 1.83 classes of equal meaning a prompt: of equal texts there are more.
    assert found["prompts"]["different_a_prompt"] > 1.83
    joke = next(one for one in found["by_prompt"] if one["prompt"] == "Tell me a funny joke.")
    assert joke["different"] == 1


WORDS = {
    "claude-3-sonnet_temp1_v1-v3": (300, 89_729),
    "gemini-pro_temp1_v1": (100, 26_669),
    "gemini-pro_temp1_v2_diverse": (100, 27_964),
    "gemini-pro_temp1_v3": (100, 30_932),
    "gpt-3.5-turbo_temp1": (100, 13_049),
    "v2_diverse_gpt-3.5-turbo_temp1": (100, 22_829),
    "v3_gpt-3.5-turbo_temp1": (100, 33_235),
    "llama2-70b_temp1.0_v1": (100, 36_099),
    "llama2-70b_temp1.0_v2_diverse": (100, 43_491),
    "llama2-70b_temp1.0_v3": (100, 53_057),
    "llama-2-13b-chat_temp0.9_prespen0.0_nreq20": (100, 6_550),
    "phi_temp1.0_nreq20": (100, 13_151),
}


def zips():
    names = ("corpus.zip", "languages-corpus.zip")
    return [shared(f"llm_outputs/knowledge_collapse/{name}") for name in names]


def test_six_models_of_the_knowledge_collapse_study():
    """Every answer is read whole: as many words between blanks as are known."""
    tally = Tally()
    read(zips(), Columns(field="text"), tally, lambda *_: None)
    lengths = [len(text.split()) for text in tally.texts]
    for corpus in tally.corpora():
        total = sum(lengths[i] * x for i, x in Counter(corpus.answer.tolist()).items())
        assert (corpus.n, total) == WORDS[corpus.name]
    assert len(tally.labels) == len(WORDS)


def test_answers_that_never_repeat_are_told_apart_by_words(run):
    document = measured(run, *zips(), "--field", "text")
    assert len(document["corpora"]) == 12
    assert all(sentence in PAGE for sentence in document["verdict"])
    assert document["equal_size"]["answers"] == 100
    assert "share of different pairs of neighbouring words" in document["verdict"][0]
    # Two prompts to one model have more words in common than two models.
    pairs = {(pair["a"], pair["b"]): pair["words_in_common"] for pair in document["similarity"]}
    own = pairs["llama2-70b_temp1.0_v2_diverse", "llama2-70b_temp1.0_v3"]
    assert own > pairs["gemini-pro_temp1_v3", "llama2-70b_temp1.0_v3"]

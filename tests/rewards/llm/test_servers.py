"""Servers as they are: what they refuse of a request, and what is made of that. The score meant is
7, or X of a pair."""

import json
import re

import numpy as np
import pytest

from collapse import Endpoint, UserError
from collapse.judges.presets import llm
from collapse.rewards.llm.settings import is_local
from tests.rewards.stub_endpoint import Stub, error, give, say, shown
from tests.rewards.test_endpoint import run

SEVEN, SETTINGS = '{"score": 7}', ("temperature", "seed", "max_tokens", "answer_format")


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def make(tmp_path):
    def made(stub, **settings):
        usual = {"model": "m", "rubric": "Be funny.", "cache": tmp_path / "kept", "backoff": 0.01}
        return Endpoint(url=stub.url, **usual | {"concurrency": 1} | settings)

    return made


def openai(message, param=None, code=None):
    return give({"error": {"message": message, "param": param, "code": code}}, 400)


def fastapi(name):
    detail = {"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs"}
    return give({"detail": [detail]}, 422)


FORMAT, MAX = "response_format", "max_tokens"
REASONS = "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
REASONS += "'max_completion_tokens' instead."
ONE_ONLY = "Unsupported value: 'temperature' does not support 0 with this model. Only the default "
# What a server does not take, what it answers then, and whether it names the cause.
REFUSALS = {
    "reasoning model, max_tokens": (MAX, openai(REASONS, MAX, "unsupported_parameter")),
    "reasoning model, temperature": ("temperature", openai(ONE_ONLY, "temperature")),
    "use another name": (MAX, error(400, "use max_completion_tokens")),
    "temperature in words": ("temperature", error(400, "temperature must be 1")),
    "seed, 400": ("seed", error(400, "Unrecognized request argument supplied: seed")),
    "seed, 422": ("seed", fastapi("seed")),
    "format, 400": (FORMAT, error(400, "This response_format type is unavailable now")),
    "format, 400 unnamed": (FORMAT, error(400, "Bad request")),
    "format, 404": (FORMAT, error(404, "No endpoints found that handle the parameters")),
    "format, 422": (FORMAT, fastapi(FORMAT)),
    "format, 500": (FORMAT, error(500, "failed to parse grammar")),
    "format, 500 unnamed": (FORMAT, error(500, "Internal Server Error")),
    "format, 501": (FORMAT, error(501, "Not implemented")),
    "system role, vLLM": ("system", error(400, "System role not supported")),
    "system role, llama.cpp": ("system", error(500, "Jinja Exception: roles must alternate")),
    "system role, o1": ("system", openai("'messages[0].role' is 'system'", "messages[0].role")),
    "system role, Gemma": ("system", error(400, "Developer instruction is not enabled")),
}


def holds(body, part):
    return part in body or part in {message["role"] for message in body["messages"]}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_a_server_refuses_is_renamed_or_left_out_and_remembered(make, name):
    part, refusal = REFUSALS[name]
    with Stub(lambda body, times: refusal if holds(body, part) else say(SEVEN)) as stub:
        judge = make(stub)
        assert judge(["a", "b"]) == [7, 7]
        refused = [holds(body, part) for body in stub.bodies]
        assert refused == [True] * (2 if "500 unnamed" in name else 1) + [False, False]
        assert judge(["c"]) == [7]
        assert len(stub.bodies) == len(refused) + 1  # it is remembered
        last = stub.bodies[-1]
        assert ("max_completion_tokens" in last) == (part == MAX)
        for other in {"temperature", "seed", FORMAT, MAX, "system"} - {part}:
            assert holds(last, other)
        words = json.dumps(last["messages"])
        assert "Be funny." in words
        assert "BEGIN" in words
        assert make(stub)(["a", "b", "c"]) == [7] * 3  # from the cache, whatever was sent
        assert len(stub.bodies) == len(refused) + 1


def test_a_server_that_refuses_all_of_it_one_by_one(make):
    """As a reasoning model behind a strict gateway: five refusals, then answers."""

    def script(body, times):
        for part in ("max_tokens", "max_completion_tokens", "temperature", "seed", FORMAT):
            if part in body:
                return error(400, f"Unknown parameter: '{part}'. Known: model, messages, top_p.")
        return error(400, "No system role") if holds(body, "system") else say("Score: 7/10")

    with Stub(script) as stub:
        assert make(stub)(["a", "b"]) == [7, 7]
        assert len(stub.bodies) == 6 + 2
        assert stub.bodies[-1].keys() == {"model", "messages"}


def test_a_server_that_has_answered_with_a_format_may_fail_for_a_while(make):
    def script(body, times):
        return error(500) if shown(body) == ["b"] and times < 3 else say(SEVEN)

    with Stub(script) as stub:
        judge = make(stub)
        assert judge(["a", "b", "c"]) == [7] * 3
        assert all(FORMAT in body for body in stub.bodies)


@pytest.mark.parametrize("setting", SETTINGS)
def test_each_can_be_unset_and_set(make, monkeypatch, setting):
    unset = False if setting == "answer_format" else None
    part = FORMAT if setting == "answer_format" else setting
    with Stub(lambda body, times: say(SEVEN)) as stub:
        assert make(stub, **{setting: unset})(["a"]) == [7]
        assert not holds(stub.bodies[-1], part)
        monkeypatch.setenv(f"COLLAPSE_LLM_{setting.upper()}", "no" if unset is False else "none")
        assert make(stub)(["b"]) == [7]
        assert not holds(stub.bodies[-1], part)
        monkeypatch.setenv(f"COLLAPSE_LLM_{setting.upper()}", "yes" if unset is False else "3")
        assert make(stub)(["c"]) == [7]
        assert stub.bodies[-1][part] in (3, stub.bodies[-1].get(FORMAT))


def test_the_environment_sets_everything_of_a_judge_by_name(monkeypatch):
    values = {"URL": "http://127.0.0.1:1", "MODEL": "m", "RUBRIC": "r", "MODE": "pairwise"}
    values |= {"TEMPERATURE": "0.5", "SYSTEM_ROLE": "false", "BUDGET": "9", "KEY_VARIABLE": "none"}
    for name, value in values.items():
        monkeypatch.setenv(f"COLLAPSE_LLM_{name}", value)
    judge = llm()
    asked = judge.reward.ask
    assert (judge.group, asked.mode, asked.temperature, asked.budget) == (2, "pairwise", 0.5, 9)
    assert (asked.system_role, asked.key_variable) == (False, None)
    monkeypatch.setenv("COLLAPSE_LLM_MAX_TOKENS", "many")
    assert "max_tokens must be a whole number" in llm().reward.ask.validate()[0]


def test_no_system_role_is_asked_from_the_start(make):
    with Stub(lambda body, times: say(SEVEN)) as stub:
        assert make(stub, system_role=False)(["a"]) == [7]
        (message,) = stub.bodies[0]["messages"]
        assert message["role"] == "user"
        assert "Be funny." in message["content"]
        assert "\na\n" in message["content"]


LOCAL = ["http://localhost:11434/v1", "http://127.0.0.1:8000/v1", "http://192.168.0.7:1234/v1"]
LOCAL += ["http://[::1]:8080/v1", "http://ollama:11434/v1", "http://box.local/v1"]


def test_local_servers_need_no_key(make):
    for url in LOCAL:
        assert is_local(url)
        assert Endpoint(url, "m", "r").validate() == []
    for url in ("https://api.openai.com/v1", "http://8.8.8.8/v1", ""):
        assert not is_local(url)
        assert any("There is no key" in text for text in Endpoint(url, "m", "r").validate())
    with Stub(lambda body, times: say(SEVEN)) as stub:
        assert make(stub)(["a"]) == [7]
        assert "Authorization" not in stub.headers[0]


# Texts that a server refuses

FILTER = {"message": "The response was filtered", "code": "content_filter"}
OF_TEXT = {
    "Azure": give({"error": FILTER}, 400),
    "OpenAI": openai("This model's maximum context length is 8 tokens.", "messages"),
    "llama.cpp": error(400, "the request exceeds the available context size, try increasing it"),
    "vLLM": error(400, "'max_tokens' is too large: 256. This model's maximum context length is 99"),
    "OpenRouter": error(403, "Your input was flagged"),
}


@pytest.mark.parametrize("name", OF_TEXT)
def test_a_text_that_is_refused_abstains_and_is_not_asked_again(make, name):
    def script(body, times):
        return OF_TEXT[name] if shown(body) == ["bad"] else say(SEVEN)

    with Stub(script) as stub:
        for judge in (make(stub), make(stub), make(stub, offline=True)):
            np.testing.assert_array_equal(judge(["a", "bad", "b"]), [7, np.nan, 7])
            assert "the server refused the text" in judge.why_abstained()
        assert len(stub.bodies) == 3
        assert all(holds(body, part) for body in stub.bodies for part in (FORMAT, MAX, "seed"))


# Answers of no use stop a run at generation 1


def thinks(body, times):
    message = {"content": None, "reasoning_content": "Let me think about " * 9}
    return give({"choices": [{"message": message, "finish_reason": "length"}]})


def test_reasoning_that_uses_up_max_tokens_stops_after_a_few_questions(make):
    texts = [f"text {i}" for i in range(40)]
    with Stub(thinks) as stub:
        with pytest.raises(UserError, match="no verdict on any of the first 8") as caught:
            make(stub, concurrency=4)(texts)
        assert "all of which went into reasoning (8 times)" in str(caught.value)
        assert "it is 256; set max_tokens, or COLLAPSE_LLM_MAX_TOKENS, higher" in str(caught.value)
        with pytest.raises(UserError, match="no verdict on any of the first 8"):
            make(stub)(texts)  # nothing is paid for twice
        assert len(stub.bodies) == 8


def test_a_run_stops_at_generation_1_where_more_than_half_abstain(make, tmp_path):
    def script(body, times):
        return say('{"better": "X"}' if {"1", "2"}.issuperset(shown(body)) else "Neither.")

    with Stub(script) as stub:
        judge = make(stub, mode="pairwise", swap=False)
        with pytest.raises(UserError, match=r"abstained on \d+ of \d+ .* generation 1") as told:
            run(judge, tmp_path / "one")
        silent, asked = map(int, re.search(r"on (\d+) of (\d+)", str(told.value)).groups())
        assert asked / 2 < silent < asked
        assert "no X, Y or tie is in answers such as 'Neither.'" in str(told.value)

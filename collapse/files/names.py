"""Usual names of columns, in lower case."""

import re

ANSWERS = frozenset(
    ("answer", "answers", "completion", "completions", "content", "generated", "generated_text")
    + ("generation", "generations", "joke", "message", "output", "outputs", "prediction")
    + ("response", "responses", "text", "model_output", "model_response", "llm_output")
)
MODELS = frozenset(("model", "models", "model_id", "model_name", "generator", "engine"))
PROMPTS = frozenset(
    ("prompt", "prompts", "prompt_id", "question", "question_id", "questions", "query")
    + ("instruction", "instructions", "doc_id", "problem", "problem_id")
)
SCORES = "generation_scores"  # the column in the results of NoveltyBench
IDENTIFIER = re.compile(
    r"(.*[_\W])?(id|ids|uuid|guid|hash|sha\d*|index|idx|key|url|uri|i)|.*[a-z]ID"
)
DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d.*)?|\d{1,2}[/.]\d{1,2}[/.]\d{2,4}.*")
CODE = re.compile(r"(?=.*\d)[A-Za-z0-9_:.+/=-]{1,128}")  # one token with a digit
HEX = re.compile(r"[0-9a-fA-F-]{16,}")


def last(path: str) -> str:
    """The name at the end of a path, in lower case."""
    parts = [part for part in re.split(r"[.\[\]]+", path) if part]
    return (parts[-1] if parts else path).lower()

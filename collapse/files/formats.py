"""The formats in which people hold answers and verdicts: how each is recognised, and where in a
record everything is.

Paths as in ``paths.py``; of several for a role the first that a record has is used. A path that
begins with a dot starts at each element of ``each``. To add a format, add an entry.
"""

from dataclasses import dataclass, field

from collapse.files import judged
from collapse.files.judged import UNORDERED, Judged


@dataclass(frozen=True)
class Side:
    """One of two answers of a record, with its model."""

    answers: str
    model: str | None
    name: str  # what the answers are called where no model is given


@dataclass(frozen=True)
class Format:
    """A format of records."""

    name: str
    keys: tuple[str, ...]  # paths that a record of this format has; "a|b": one of them
    answers: tuple[str, ...] = ()
    each: tuple[str, ...] = ()  # the list of answers, if they have fields of their own
    turns: tuple[str, ...] = ()  # conversations, of which what the assistant says is taken
    last: bool = True  # of a conversation, only the last answer
    sides: tuple[Side, ...] = ()  # instead of ``answers``: two answers, of two models
    prompt: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    by_directory: bool = False  # the model is told by the directory of the file alone
    finish: tuple[str, ...] = ()
    reasoning: tuple[str, ...] = ()
    scores: tuple[str, ...] = ()
    failed: dict[str, tuple] = field(default_factory=dict)  # path: its values if all went well
    once: str | None = None  # rows with another value here repeat the same samples
    refusal: tuple[str, ...] = ()  # what is said instead of an answer
    numbered: bool = False  # the answers of an element are to one prompt after another
    judged: Judged | None = None  # the verdicts of a judge in it
    about: str = ""  # a remark for the table in the docs


FORMATS = (
    Format(
        "Inspect log",
        ("output.choices|output.completion", "input", "epoch"),
        answers=(".message.content",),
        each=("output.choices",),
        prompt=("input",),
        model=("eval.model", "output.model"),
        finish=(".stop_reason",),
        scores=("scores",),
        failed={"error": (None,)},
        about=".eval or .json",
    ),
    Format(
        "promptfoo results",
        ("response", "prompt.raw", "provider"),
        answers=("response.output",),
        prompt=("prompt.raw",),
        model=("provider.id",),
        finish=("response.finishReason",),
        scores=("score",),
        about="the list in `results.results`",
    ),
    Format(
        "OpenAI batch output of responses",
        ("custom_id", "response.body.output"),
        answers=("response.body.output[-1].content",),
        prompt=("custom_id",),
        model=("response.body.model",),
        finish=("response.body.incomplete_details.reason",),
        failed={"error": (None,), "response.status_code": (200,)},
    ),
    Format(
        "OpenAI responses",
        ("object", "output[].content"),
        answers=("output[-1].content",),
        model=("model",),
        finish=("incomplete_details.reason",),
        failed={"error": (None,)},
    ),
    Format(
        "OpenAI batch output",
        ("custom_id", "response", "error"),
        answers=(".message.content", ".text"),
        each=("response.body.choices",),
        prompt=("custom_id",),
        model=("response.body.model",),
        finish=(".finish_reason",),
        reasoning=(".message.reasoning_content", ".message.reasoning"),
        refusal=(".message.refusal",),
        failed={"error": (None,), "response.status_code": (200,)},
    ),
    Format(
        "Anthropic batch output",
        ("custom_id", "result.type"),
        answers=("result.message.content",),
        prompt=("custom_id",),
        model=("result.message.model",),
        finish=("result.message.stop_reason",),
        reasoning=("result.message.content[].thinking",),
        failed={"result.type": ("succeeded",)},
    ),
    Format(
        "chat completions",
        ("choices[].message|choices[].text",),
        answers=(".message.content", ".text"),
        each=("choices",),
        prompt=("prompt",),
        model=("model",),
        finish=(".finish_reason",),
        reasoning=(".message.reasoning_content", ".message.reasoning"),
        refusal=(".message.refusal",),
        failed={"error": (None,)},
        about="as OpenAI, vLLM and others send them",
    ),
    Format(
        "Ollama responses",
        ("response|message.content", "done", "model"),
        answers=("response", "message.content"),
        prompt=("prompt",),
        model=("model",),
        finish=("done_reason",),
        reasoning=("thinking", "message.thinking"),
    ),
    Format(
        "lm-evaluation-harness samples",
        ("doc_id", "resps"),
        answers=("resps",),
        prompt=("arguments.gen_args_0.arg_0", "arguments[0][0]", "doc", "doc_id"),
        by_directory=True,
        once="filter",
        about="`samples_*.jsonl`; one row a sample, if several filters are logged",
    ),
    Format(
        "MT-Bench answers",
        ("question_id", "choices[].turns"),
        answers=(".turns[]",),
        each=("choices",),
        numbered=True,
        prompt=("question_id",),
        model=("model_id",),
        about="each turn is a prompt of its own",
    ),
    Format(
        "MT-Bench pair verdicts",
        ("question_id", "model_1", "model_2", "g1_winner", "g2_winner"),
        prompt=("question_id",),
        model=("model_1", "model_2"),
        judged=Judged(judged.mtbench_pair, ("g1_winner", "g2_winner")),
        about="both orders",
    ),
    Format(
        "MT-Bench single scores",
        ("question_id", "model", "judgment", "score"),
        prompt=("question_id",),
        model=("model",),
        judged=Judged(judged.mtbench_single, ("score",)),
        about="-1 is an error",
    ),
    Format(
        "AlpacaEval annotations",
        ("instruction", "output_1", "output_2", "preference"),
        sides=(
            Side("output_1", "generator_1", "output_1"),
            Side("output_2", "generator_2", "output_2"),
        ),
        prompt=("instruction",),
        judged=Judged(
            judged.alpacaeval,
            ("preference",),
            note=f"position: {UNORDERED}; output_1 counts as such",
        ),
        about="`preference` from 1 to 2; 0 and 1.5 are ties",
    ),
    Format(
        "AlpacaEval outputs",
        ("instruction", "output", "generator"),
        answers=("output",),
        prompt=("instruction",),
        model=("generator",),
    ),
    Format(
        "Chatbot Arena",
        ("conversation_a", "conversation_b", "winner"),
        sides=(
            Side("conversation_a[1].content", "model_a", "model_a"),
            Side("conversation_b[1].content", "model_b", "model_b"),
        ),
        prompt=("conversation_a[0].content",),
        judged=Judged(judged.arena, ("winner",)),
        about="the first answer",
    ),
    Format(
        "RewardBench with scores",
        ("chosen", "rejected", "score_chosen", "score_rejected"),
        sides=(
            Side("chosen", "chosen_model", "chosen"),
            Side("rejected", "rejected_model", "rejected"),
        ),
        prompt=("prompt",),
        judged=Judged(judged.scored, ("score_chosen", "score_rejected"), unordered=True),
        about="the chosen is the better one, and the higher score the verdict",
    ),
    Format(
        "RewardBench",
        ("chosen", "rejected", "chosen_model", "rejected_model"),
        sides=(
            Side("chosen", "chosen_model", "chosen"),
            Side("rejected", "rejected_model", "rejected"),
        ),
        prompt=("prompt",),
        judged=Judged(judged.preferred, ("chosen", "rejected"), unordered=True),
    ),
    Format(
        "TRL preferences",
        ("chosen", "rejected"),
        sides=(Side("chosen", None, "chosen"), Side("rejected", None, "rejected")),
        prompt=("prompt", "instruction", "question", "conversations", "chosen"),
        judged=Judged(judged.preferred, ("chosen", "rejected"), unordered=True),
        about="text, turns or messages; without a prompt the turns before the answer",
    ),
    Format(
        "NoveltyBench",
        ("prompt", "generations", "partition"),
        answers=("generations[]",),
        prompt=("prompt",),
        model=("model",),
        scores=("generation_scores[]",),
    ),
    Format(
        "distilabel",
        ("instruction", "generation|generations", "model_name|model_names|generation_models"),
        answers=("generations[]", "generation"),
        prompt=("instruction",),
        model=("model_name", "model_names[0]"),
        scores=("ratings[]",),
    ),
    Format(
        "verl rollouts",
        ("input", "output", "score"),
        answers=("output",),
        prompt=("input",),
        scores=("score",),
    ),
    Format(
        "HumanEval samples",
        ("task_id", "completion"),
        answers=("completion",),
        prompt=("task_id",),
        scores=("passed",),
    ),
    Format(
        "TRL KTO",
        ("prompt", "completion", "label"),
        answers=("completion",),
        prompt=("prompt",),
        model=("model",),
        judged=Judged(judged.kept, ("label",), without=("score", "choice")),
        about="`label`: whether it was accepted",
    ),
    Format(
        "TRL prompt and completion",
        ("prompt", "completion"),
        answers=("completion",),
        prompt=("prompt",),
        model=("model",),
    ),
    Format(
        "chat (TRL, OpenAI)",
        ("messages",),
        turns=("messages",),
        model=("model",),
        about="the last turn of the assistant",
    ),
    Format(
        "ShareGPT",
        ("conversations",),
        turns=("conversations",),
        last=False,
        model=("model",),
        about="every turn from `gpt`, `assistant` or `chatgpt`",
    ),
)

"""Verdicts in the formats of MT-Bench, AlpacaEval and Chatbot Arena, recognised by their keys."""

from collapse.errors import UserError
from collapse.files import spellings
from collapse.files.rows import Shown, Verdict

Records = list[tuple[str, dict]]


def rows_of_records(records: Records, path: str) -> tuple[list[Verdict], list[str]] | None:
    """The verdicts of a known format and a note on it; None if the file is of none."""
    keys = set(records[0][1])
    for name, wanted, make in FORMATS:
        if wanted <= keys:
            errors, rows = [], []
            for where, record in records:
                try:
                    rows += make(where, record)
                except (ValueError, KeyError, TypeError, AttributeError, IndexError):
                    errors.append(f"{path}, {where} is not as {name} writes it.")
            if errors:
                raise UserError(*errors[:3])
            return rows, [f"format: {name}", *([NO_ORDER[name]] if name in NO_ORDER else [])]
    return None


def _mtbench_pair(where: str, row: dict) -> list[Verdict]:
    prompt = str(row.get("g1_user_prompt", ""))
    texts = [_quoted(prompt, f"Assistant {side}") for side in "AB"]
    one, two = (Shown(texts[n - 1], row[f"model_{n}"]) for n in (1, 2))
    rows = []
    for game, items in (("g1_winner", (one, two)), ("g2_winner", (two, one))):
        side, why = spellings.choice(row[game])
        won = {"a": 1.0, "b": 0.0, "tie": 0.5, None: None}[side]
        won = won if won is None or game == "g1_winner" else 1 - won
        rows.append(Verdict(where, *items, won, why, **_who(row)))
    return rows


def _mtbench_single(where: str, row: dict) -> list[Verdict]:
    value, why = spellings.score(row["score"])
    value, why = (None, "-1") if value == -1 else (value, why)
    text = _quoted(str(row.get("user_prompt", "")), "Assistant")
    return [Verdict(where, Shown(text, row["model"]), None, value, why, **_who(row))]


def _quoted(prompt: str, who: str) -> str | None:
    """The answer of an assistant that the prompt of a judge holds; of a talk of two turns, the
    last. A talk with one assistant calls it A."""
    start, end = (f"[The {edge} of {who}'s Answer]" for edge in ("Start", "End"))
    if start in prompt and end in prompt:
        return prompt.split(start, 1)[1].split(end, 1)[0].strip("\n")
    who = who if who[-1] in "AB" else f"{who} A"
    start, end = (f"<|The {edge} of {who}'s Conversation with User|>" for edge in ("Start", "End"))
    if start in prompt and end in prompt:
        talk = prompt.split(start, 1)[1].split(end, 1)[0]
        return talk.rsplit(f"### {who}:", 1)[-1].strip("\n")
    return None


def _alpacaeval(where: str, row: dict) -> list[Verdict]:
    won, why = spellings.preference(row["preference"])
    items = (Shown(row[f"output_{n}"], row.get(f"generator_{n}")) for n in "12")
    judge = row.get("annotator")
    return [Verdict(where, *items, won, why, question=row["instruction"], judge=judge)]


def _arena(where: str, row: dict) -> list[Verdict]:
    """Verdicts of people, also those of MT-Bench, which are on a turn."""
    side, why = spellings.choice(row["winner"])
    won = {"a": 1.0, "b": 0.0, "tie": 0.5, None: None}[side]
    talks = [row[f"conversation_{side}"] for side in "ab"]
    texts = [[turn["content"] for turn in talk if turn["role"] == "assistant"] for talk in talks]
    if row.get("turn"):
        texts = [[said[int(row["turn"]) - 1]] for said in texts]
    items = (Shown("\n".join(t), row[f"model_{s}"]) for t, s in zip(texts, "ab", strict=True))
    who = _who(row | ({} if row.get("turn") else {"question_id": talks[0][0]["content"]}))
    return [Verdict(where, *items, won, why, **who)]


def _rewardbench(where: str, row: dict) -> list[Verdict]:
    """The chosen answer stands first, and is the better one."""
    (one, no), (two, nor) = (spellings.score(row[f"score_{side}"]) for side in SIDES)
    won = None if one is None or two is None else (1.0 if one > two else 0.0 if one < two else 0.5)
    items = (Shown(_said(row[side]), row.get(f"{side}_model")) for side in SIDES)
    question = str(row.get("prompt") or row.get("id"))
    return [Verdict(where, *items, won, no or nor, question, other={"better": 1.0})]


def _said(answer) -> str:
    """The text of an answer, or of the last message."""
    return str(answer[-1]["content"] if isinstance(answer, list) else answer)


def _who(row: dict) -> dict:
    judge = row.get("judge")
    judge = judge[0] if isinstance(judge, list) and judge else judge
    known = {"question": row.get("question_id"), "turn": row.get("turn"), "judge": judge}
    return {name: None if value is None else str(value) for name, value in known.items()}


SIDES = ("chosen", "rejected")
NO_ORDER = {
    "AlpacaEval": "position: the file does not say which was shown first; output_1 counts as such",
    "RewardBench": "position: answers are scored one by one; the chosen counts as the first",
}
FORMATS = (
    (
        "MT-Bench (pairs)",
        {"question_id", "model_1", "model_2", "g1_winner", "g2_winner"},
        _mtbench_pair,
    ),
    ("MT-Bench (scores)", {"question_id", "model", "judgment", "score"}, _mtbench_single),
    ("AlpacaEval", {"instruction", "output_1", "output_2", "preference"}, _alpacaeval),
    ("RewardBench", {*SIDES, "score_chosen", "score_rejected"}, _rewardbench),
    ("Chatbot Arena", {"model_a", "model_b", "conversation_a", "conversation_b", "winner"}, _arena),
)

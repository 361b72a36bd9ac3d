"""The verdicts in one record of a format, for the entries of ``formats.py``.

Each function takes a record with its place and gives its verdicts. A record that is not as its
format writes it raises one of ``MISFITS``.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

from collapse.files import spellings
from collapse.files.paths import label
from collapse.files.rows import Shown, Verdict
from collapse.files.said import Unfit, said

MISFITS = (Unfit, LookupError, TypeError, ValueError, AttributeError)
WON = {"a": 1.0, "b": 0.0, "tie": 0.5, None: None}
UNORDERED = "the file does not say which of the two was shown first"


@dataclass(frozen=True)
class Judged:
    """The verdicts in the records of a format."""

    rows: Callable[[str, dict], list[Verdict]]
    paths: tuple[str, ...]  # of the verdicts
    without: tuple[str, ...] = ()  # paths that it does not have
    note: str = ""  # what is to be told of these verdicts
    unordered: bool = False  # nothing says which answer was shown first: any order is taken


def mtbench_pair(where: str, row: dict) -> list[Verdict]:
    """Two verdicts, one in each order."""
    prompt = str(row.get("g1_user_prompt", ""))
    texts = [_quoted(prompt, f"Assistant {side}") for side in "AB"]
    one, two = (_item(texts[n - 1], row[f"model_{n}"]) for n in (1, 2))
    rows = []
    for game, items in (("g1_winner", (one, two)), ("g2_winner", (two, one))):
        side, why = spellings.choice(row[game])
        won = WON[side]
        won = won if won is None or game == "g1_winner" else 1 - won
        rows.append(Verdict(where, *items, won, why, **_who(row)))
    return rows


def mtbench_single(where: str, row: dict) -> list[Verdict]:
    """A score; -1 is none."""
    value, why = spellings.score(row["score"])
    value, why = (None, "-1") if value == -1 else (value, why)
    text = _quoted(str(row.get("user_prompt", "")), "Assistant")
    return [Verdict(where, _item(text, row["model"]), None, value, why, **_who(row))]


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


def alpacaeval(where: str, row: dict) -> list[Verdict]:
    """A preference between two outputs."""
    won, why = spellings.preference(row["preference"])
    items = (_item(row[f"output_{n}"], row.get(f"generator_{n}")) for n in "12")
    judge = None if row.get("annotator") is None else label(row["annotator"])
    return [Verdict(where, *items, won, why, question=label(row["instruction"]), judge=judge)]


def arena(where: str, row: dict) -> list[Verdict]:
    """Verdicts of people, also those of MT-Bench, which are on a turn."""
    side, why = spellings.choice(row["winner"])
    talks = [row[f"conversation_{side}"] for side in "ab"]
    texts = [[turn["content"] for turn in talk if turn["role"] == "assistant"] for talk in talks]
    if row.get("turn"):
        texts = [[said[int(row["turn"]) - 1]] for said in texts]
    items = (_item("\n".join(t), row.get(f"model_{s}")) for t, s in zip(texts, "ab", strict=True))
    who = _who(row | ({} if row.get("turn") else {"question_id": talks[0][0]["content"]}))
    return [Verdict(where, *items, WON[side], why, **who)]


def scored(where: str, row: dict) -> list[Verdict]:
    """Scores of a chosen answer, which is the better one, and of a rejected one."""
    (one, no), (two, nor) = (spellings.score(row[f"score_{side}"]) for side in SIDES)
    won = None if one is None or two is None else (1.0 if one > two else 0.0 if one < two else 0.5)
    return _chosen(where, row, won, no or nor, {"better": 1.0})


def preferred(where: str, row: dict) -> list[Verdict]:
    """The chosen answer won."""
    return _chosen(where, row, 1.0, "", {})


def _chosen(where: str, row: dict, won: float | None, why: str, other: dict) -> list[Verdict]:
    """A chosen and a rejected answer, in an order that their texts decide and that says nothing of
    which was chosen."""
    one, two = (_item(row[side], row.get(f"{side}_model")) for side in SIDES)
    asked = (row[name] for name in ASKED if row.get(name) is not None)
    talk = row["chosen"][:-1] if isinstance(row["chosen"], list) else None
    question = next(asked, talk)
    if zlib.crc32(str(one.text).encode()) > zlib.crc32(str(two.text).encode()):
        one, two = two, one
        won = None if won is None else 1 - won
        other = {name: 1 - value for name, value in other.items()}
    question = label(question) if question else None
    return [Verdict(where, one, two, won, why, question, other=other)]


def kept(where: str, row: dict) -> list[Verdict]:
    """A completion that was accepted or not."""
    value, why = spellings.kept(row["label"])
    item = _item(row["completion"], row.get("model"))
    return [Verdict(where, item, None, value, why, label(row["prompt"]), other={"choice": value})]


def _item(answer, model) -> Shown:
    """An answer, of messages the last, and its model."""
    text = None if answer is None else said(answer, "the answer")[-1].text
    return Shown(text, None if model is None else label(model))


def _who(row: dict) -> dict:
    judge = row.get("judge")
    judge = judge[0] if isinstance(judge, list) and judge else judge
    known = {"question": row.get("question_id"), "turn": row.get("turn"), "judge": judge}
    return {name: None if value is None else label(value) for name, value in known.items()}


SIDES = ("chosen", "rejected")
ASKED = ("prompt", "instruction", "question", "conversations", "id")

"""A comparison of two corpora in words."""

from collapse.report.numbers import interval, number
from collapse.suggest import listed

WORDS = {
    "effective_number": "effective number",
    "same_answer": "chance of equal answers",
    "different_a_prompt": "different answers",
    "per_prompt_entropy": "entropy of answers",
    "words_an_answer": "words an answer",
    "score": "score",
    "distinct_2": "distinct-2",
    "collision": "chance of equal answers",
}


def sentences(found: dict) -> list[str]:
    """What differs between the corpora, how that was tested, and what was compared."""
    first, second, rows = found["first"], found["second"], found["headlines"]
    significant = [row for row in rows if row["differs"]]
    rest = [WORDS[row["name"]] for row in rows if not row["differs"]]
    how = f"5 % for all {len(rows)} together, by {found['correction']}"
    lines = [f"From {first} to {second}, {_change(row)}." for row in significant]
    if not significant:
        lines = [f"{first} and {second} do not differ significantly in any number ({how})."]
    elif rest:
        lines.append(f"No significant difference ({how}): {listed(rest)}.")
    else:
        lines.append(f"All of these are significant ({how}).")
    if not found["repeat"]:
        lines.append("No two answers are equal in either, so that only their words are compared.")
    return [*lines, _design(found), *map(needed, found["power"])]


def _change(row: dict) -> str:
    how = "rises" if row["second"] > row["first"] else "falls"
    times = "times " if row["scale"] == "ratio" else ""
    change = number(row["difference"]["value"])
    return (
        f"{WORDS[row['name']]} {how} from {number(row['first'])} to {number(row['second'])} ("
        f"{times}{change}, 95 % {interval(row['difference'])})"
    )


def _design(found: dict) -> str:
    if found["over"] == "answers":
        return (
            "Every answer counts as independent, as the sets have no prompts (or fewer than five): "
            "if several answer one prompt, name its column by --prompt."
        )
    if not found["paired"]:
        shared = found["prompts_in_common"]
        return (
            f"Not paired: the sets share {shared or 'no'} prompts, so that a difference may be one "
            "of the prompts."
        )
    left = sum(found["left_out"])
    rest = f"; {left:,} prompts that only one of them has are left out" if left else ""
    text = f"Paired by {found['prompts_in_common']:,} prompts in common{rest}"
    many = found["answers_a_prompt"]
    if many == 1 or not found["repeat"]:
        return f"{text}."
    return f"{text}; chances, different answers and entropies are of {many} answers to a prompt."


def needed(row: dict) -> str:
    """The number of prompts that a difference needs."""
    what, name = row["difference"], WORDS[row["name"]]
    what = f"{what.removesuffix('x')} times" if what.endswith("x") else what
    if row["needed"] is None:
        return f"To see a difference of {what} in {name} no number of {row['over']} is enough."
    text = (
        f"To see a difference of {what} in {name} (80 % power) takes {row['needed']:,} "
        f"{row['over']} ({_or(row['needed_together'])} if all numbers are tested together); there "
        f"are {row['now']:,}, which show one of {number(row['detectable'])}"
    )
    more = [one for one in row["by_answers"][1:] if one["answers"] and one["needed"]]
    if not more:
        return text + "."
    cells = [f"{one['needed']:,} with {one['answers']:,} answers to each" for one in more]
    return f"{text}. It takes {' or '.join(cells)}."


def _or(many: int | None) -> str:
    return "more than there can be" if many is None else f"{many:,}"

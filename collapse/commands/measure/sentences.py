"""Sentences of the verdict on a single corpus: alone, by meaning, and against a reference."""

import math

from collapse.report.console import number

WORDS = ("none", "one", "two", "three", "four")
TELLING = 0.9  # of the largest effective number there can be: nearer to it, counts tell nothing


def amount(value: float | None, digits: int = 3) -> str:
    """A number as it is told: whole from a thousand on."""
    big = isinstance(value, float) and 1000 <= abs(value) < math.inf
    return f"{value:,.0f}" if big else number(value, digits)


def one(about: dict) -> list[str]:
    """Of a single corpus: what one gets, and how varied that is."""
    n, different = about["n"], about["different"]
    if n == 1:
        return ["There is one answer, which says nothing about diversity."]
    if different == 1:
        return [
            f"Ask it {n:,} times and you get the same answer every time: all others together have "
            f"a chance below {min(3 / n, 1):.1%} (95 %)."
        ]
    said = []
    prompts = about.get("prompts")
    if prompts:
        said.append(_prompted(prompts))
    if different == n:
        pairs = about["distinct_2"]
        return [
            *said,
            f"No two of {n:,} answers are equal, so that counting them says nothing more; "
            f"{pairs:.0%} of their pairs of words are different ones.",
        ]
    if not prompts:
        said.append(
            f"Ask it {n:,} times and you get {different:,} different answers; {_top(about)}."
        )
    return [*said, _even(about, "Taken together, they are" if prompts else "That is")]


def _top(about: dict) -> str:
    """The commonest answers, as few as make up half of all, and at most four."""
    shares = [0.0]
    for answer in about["top"][:4]:
        shares.append(shares[-1] + answer["share"])
    many = next((m for m, share in enumerate(shares) if share >= 0.5), len(shares) - 1)
    return f"{WORDS[many]} of them {'is' if many == 1 else 'are'} {shares[many]:.0%} of all answers"


def _even(about: dict, what: str) -> str:
    """How many equally common answers that is like, and what is still to come."""
    band, n = about["effective_number"], about["n"]
    between = "" if band["low"] is None else f" ({amount(band['low'])} to {amount(band['high'])})"
    text = f"{what} as varied as {amount(band['value'])}{between} equally common answers"
    new = 1 - about["sample_coverage"]
    if new == 0:
        return f"{text}, and every answer came more than once: hardly any is still to come."
    every = "" if new < 0.01 else f", so that the next one is new with a chance of {new:.0%}"
    many = "one answer" if about["singletons"] == 1 else f"{about['singletons']:,} answers"
    return f"{text}; {many} of {n:,} came only once{every}."


def _prompted(prompts: dict) -> str:
    low, high = prompts["answers_a_prompt"]
    times = f"{low}" if low == high else f"{low} to {high}"
    text = (
        f"Ask it {prompts['prompts']:,} prompts {times} times each and you get "
        f"{amount(prompts['different_a_prompt'])} different answers to a prompt in the mean"
    )
    if prompts["same_answer"] == prompts["same_answer"]:  # a number
        text += (
            f"; two answers to the same prompt are equal {prompts['same_answer']:.0%} of the time"
        )
        twice = prompts["asked_twice"]
        if twice < prompts["prompts"]:
            were = "prompt that was" if twice == 1 else "prompts that were"
            text += f" (which rests on the {twice:,} {were} asked more than once)"
    return text + "."


def meanings(found: dict, one: dict) -> str:
    """Classes of equal meaning, of a single corpus."""
    number, utility = one["classes"], one["utility"]
    between = ""
    if number["low"] is not None:
        between = f" ({amount(number['low'])} to {amount(number['high'])})"
    worth = "" if utility is None else f" and utility {amount(utility['value'])}"
    return (
        f"Counted by meaning ({found['column']}), a prompt gets {amount(number['value'])}{between} "
        f"different answers: NoveltyBench's distinct {amount(one['distinct'])}{worth}."
    )


def against(compared: dict, name: str | None) -> str:
    """A corpus and the reference, beside the reference and itself."""
    m, ours, theirs = compared["m"], compared["sample"], compared["reference"]
    low, high = theirs["effective_number_range"]
    mine, own = ours["effective_number"], theirs["effective_number"]
    against, floor = (compared[k]["words_in_common"] for k in ("against", "floor"))
    ratio = own / mine
    if low <= mine <= high:
        how = "as varied as the reference"
    else:
        many = amount(max(ratio, 1 / ratio))
        # Where hardly any two of the reference are equal, its number is only held by the size.
        least = "at least " if ratio > 1 and own > TELLING * m else ""
        how = f"{least}{many} times {'less' if ratio > 1 else 'more'} varied than the reference"
    who = f"{name} is" if name else "It is"
    return (
        f"{who} {how} (effective number {amount(mine)} against {amount(own)} in {m:,} "
        f"answers each), and has {against['mean']:.0%} of its words in common with it, where two "
        f"halves of the reference have {floor['mean']:.0%}."
    )

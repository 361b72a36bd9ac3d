"""The verdict in plain language: two or three sentences for someone who has seen no table."""

from collapse.commands.measure.sentences import TELLING, against, amount, meanings, one
from collapse.suggest import listed

NAMED = 4  # corpora that cannot be told apart
SAME = 0.005  # of 1: what is no nearer is not called as often


def verdict(found: dict) -> list[str]:
    """Of a document without its verdict."""
    about = found["corpora"]
    said = one(next(iter(about.values()))) if len(about) == 1 else several(found)
    if found["classes"]:
        said.append(_by_meaning(found["classes"]))
    compared = found["reference"] and found["reference"]["compared"]
    if compared:
        names = list(compared)
        worst = min(names, key=lambda name: compared[name]["sample"]["effective_number"])
        said.append(against(compared[worst], worst if len(names) > 1 else None))
    return said


def telling(at: dict) -> str:
    """The number that tells corpora of equal size apart: of equal answers, or of words where hardly
    any answers are equal."""
    numbers = [one["effective_number"] for one in at["corpora"].values()]
    m = at["answers"]
    return "effective_number" if m > 1 and min(numbers) < TELLING * m else "distinct_2"


def told_apart(at: dict) -> dict[str, float]:
    """What tells corpora apart, of each that has it: from the most to the least varied, or in their
    order where they are numbered, such as generations."""
    key = telling(at)
    values = {name: each[key] for name, each in at["corpora"].items() if each[key] == each[key]}
    if all(map(numbered, values)):
        return values
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def numbered(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def several(found: dict) -> list[str]:
    """Of several corpora: from the first to the last, if they are numbered; or else the most and
    the least varied, as far as that is beyond chance."""
    at, told = found["equal_size"], found["differences"]
    values = told_apart(at)
    by_answers = telling(at) == "effective_number"
    size = f"{at['answers']:,} answers" if by_answers else f"{at['words']:,} words"
    what = "effective number" if by_answers else "share of different pairs of words"
    if len(values) < 2:
        return ["The answers are too short or too few to be told apart."]
    if all(map(numbered, values)):
        said = _from_first_to_last(values, told, what, size)
    else:
        numbers = f"{what} {{most}} against {{least}} (each at {size})"
        said = _ranked(values, told, ("is the most varied", "the least"), numbers)
    return [said, *_likest(found["similarity"])]


def _from_first_to_last(values: dict, told: dict | None, what: str, size: str) -> str:
    (first, start), *_, (last, end) = values.items()
    how = "falls" if end < start else "grows" if end > start else "stays"
    if not told:
        chance = "; there are too few answers to tell that from chance"
    elif told["pairs"][0]["differs"]:
        chance = f", beyond chance ({_how(told)})"
    else:
        chance = f", which may be chance ({_how(told)})"
    return (
        f"From {first} to {last} the {what} {how} from {amount(start)} to {amount(end)} (each at "
        f"{size}){chance}."
    )


def _ranked(values: dict, told: dict | None, words: tuple[str, str], numbers: str) -> str:
    """The first and the last of values in falling order, with those that are not told from them.
    ``words``: what the first is, and the last; ``numbers`` says both values."""
    (most, high), *_, (least, low) = values.items()
    numbers = numbers.format(most=amount(high), least=amount(low))
    is_most, is_least = words
    if not told:
        return (
            f"As measured, {most} {is_most} of {len(values)} corpora and {least} {is_least}: "
            f"{numbers}. There is too little to tell that from chance."
        )
    apart = {frozenset((p["a"], p["b"])): p["differs"] for p in told["pairs"]}
    if apart[frozenset((most, least))]:
        top = [name for name in values if not apart.get(frozenset((most, name)), name == least)]
        end = [name for name in values if not apart.get(frozenset((least, name)), name == most)]
        return (
            f"Of {len(values)} corpora, {_either(top)} {is_most} and {_either(end[::-1])} "
            f"{is_least}: {numbers}, beyond chance ({_how(told)})."
        )
    some = [f"{p['a']} above {p['b']}" for p in told["pairs"] if p["differs"]]
    if some or len(values) == 2:
        rest = f" Beyond chance in this are {listed(some, 4)}." if some else ""
        return f"{most} and {least} cannot be told apart ({_how(told)}): {numbers}.{rest}"
    return (
        f"None of {len(values)} corpora is told from another ({_how(told)}): of the most and the "
        f"least, {most} and {least}, {numbers}."
    )


def _either(names: list[str]) -> str:
    """One of several that cannot be told from the first: "a or b", "a, b, c or one of 4 more"."""
    if len(names) > NAMED:
        return f"{', '.join(names[: NAMED - 1])} or one of {len(names) - NAMED + 1} more"
    return " or ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


def _how(told: dict) -> str:
    """How chance was told: "95 % for all 3 pairs together, by 40 prompts in common"."""
    pairs = f" for all {told['together']} pairs together" if told["together"] > 1 else ""
    shared = told["prompts_in_common"]
    over = f"by {shared} prompts in common" if shared else f"over {told['over']}"
    return f"95 %{pairs}, {over}"


def _likest(pairs: list[dict]) -> list[str]:
    """Which two agree most, if any do: as counted, without a test."""
    agree = [pair for pair in pairs if pair["same_answer"] and pair["relative"] is not None]
    if agree:
        best = max(agree, key=lambda pair: pair["relative"])
        first = (
            "" if len(pairs) == 1 else f"Most alike as counted are {best['a']} and {best['b']}: "
        )
        text = (
            f"an answer of {best['a']} equals an answer of {best['b']} {_often(best['relative'])} "
            "as two of the same do."
        )
        return [first + (text if first else text[0].upper() + text[1:])]
    best = max(pairs, key=lambda pair: pair["words_in_common"])
    have = "have most words" if len(pairs) > 1 else "have words"
    return [
        f"No answer of one is an answer of another; {best['a']} and {best['b']} {have} in "
        f"common ({best['words_in_common']:.0%})."
    ]


def _often(relative: float) -> str:
    if abs(relative - 1) < SAME:
        return "as often"
    return f"{relative:.0%} as often" if relative < 1 else f"{amount(relative)} times as often"


def _by_meaning(found: dict) -> str:
    """Classes of equal meaning: of one corpus, or the most and the fewest of several."""
    about = found["corpora"]
    if len(about) == 1:
        return meanings(found, next(iter(about.values())))
    values = dict(sorted(((k, v["at_equal"]) for k, v in about.items()), key=lambda item: -item[1]))
    words = ("gives most different answers to a prompt", "fewest")
    numbers = f"{{most}} against {{least}} (each of {found['answers']})"
    said = _ranked(values, found["differences"], words, numbers)
    return f"Counted by meaning ({found['column']}): {said}"

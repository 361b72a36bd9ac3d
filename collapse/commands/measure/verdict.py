"""The verdict in plain language: two or three sentences."""

from collapse.commands.measure import comparison_sentences
from collapse.commands.measure.gates import failed
from collapse.commands.measure.sentences import DIVERSE, against, meanings, one
from collapse.report.document import plain
from collapse.report.numbers import number
from collapse.suggest import listed

NAMED = 4  # corpora without a significant difference that are all named
SAME = 0.005  # distance of a ratio from 1 up to which it is called equal


def verdict(found: dict) -> list[str]:
    """The verdict on a measurement."""
    about = found["corpora"]
    if found["comparison"]:
        tested = comparison_sentences.sentences(plain(found["comparison"]))
        sentences = [*tested, *_likest(found["similarity"])]
    else:
        sentences = one(next(iter(about.values()))) if len(about) == 1 else several(found)
    if found["classes"]:
        sentences.append(_by_meaning(found["classes"]))
    compared = found["reference"] and found["reference"]["compared"]
    if compared:
        names = list(compared)
        worst = min(names, key=lambda name: compared[name]["sample"]["effective_number"])
        sentences.append(against(compared[worst], worst if len(names) > 1 else None))
    return sentences + failed(found)


def deciding(at: dict) -> str:
    """The deciding measure of corpora of equal size: the effective number, or distinct-2 if hardly
    any answers are equal."""
    numbers = [one["effective_number"] for one in at["corpora"].values()]
    m = at["answers"]
    return "effective_number" if m > 1 and min(numbers) < DIVERSE * m else "distinct_2"


def ordered(at: dict) -> dict[str, float]:
    """The deciding measure of each corpus, without NaN: from the most to the least varied, or by
    number if their names are numbers, such as generations."""
    key = deciding(at)
    values = {name: each[key] for name, each in at["corpora"].items() if each[key] == each[key]}
    if all(map(numbered, values)):
        return values
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def numbered(name: str) -> bool:
    """Whether the name of a corpus is a number."""
    try:
        float(name)
    except ValueError:
        return False
    return True


def several(found: dict) -> list[str]:
    """Sentences on several corpora: the change from first to last, if they are numbered, else the
    most and the least varied; and the most similar ones."""
    at, tested = found["equal_size"], found["differences"]
    values = ordered(at)
    by_answers = deciding(at) == "effective_number"
    size = f"{at['answers']:,} answers" if by_answers else f"{at['words']:,} words"
    what = "effective number" if by_answers else "share of different pairs of neighbouring words"
    if len(values) < 2:
        return ["The answers are too short or too few to be compared."]
    if all(map(numbered, values)):
        first = _from_first_to_last(values, tested, what, size)
    else:
        numbers = f"{what} {{most}} against {{least}} (each at {size})"
        first = _ranked(values, tested, ("is the most varied", "the least"), numbers)
    return [first, *_likest(found["similarity"])]


def _from_first_to_last(values: dict, tested: dict | None, what: str, size: str) -> str:
    (first, start), *_, (last, end) = values.items()
    how = "falls" if end < start else "grows" if end > start else "stays"
    if not tested:
        chance = "; there are too few answers to test that"
    elif tested["pairs"][0]["differs"]:
        chance = f", which is significant ({_how(tested)})"
    else:
        chance = f", which is not significant ({_how(tested)})"
    return (
        f"From {first} to {last} the {what} {how} from {number(start)} to {number(end)} (each at "
        f"{size}){chance}."
    )


def _ranked(values: dict, tested: dict | None, words: tuple[str, str], numbers: str) -> str:
    """The first and the last of values in falling order, with those that do not differ
    significantly from them. ``words``: what the first is, and the last; ``numbers``: a template for
    both values.
    """
    (most, high), *_, (least, low) = values.items()
    numbers = numbers.format(most=number(high), least=number(low))
    is_most, is_least = words
    if not tested:
        return (
            f"Of {len(values)} corpora, {most} {is_most} and {least} {is_least}: {numbers}. There "
            "are too few answers to test that."
        )
    differ = {frozenset((p["a"], p["b"])): p["differs"] for p in tested["pairs"]}
    if differ[frozenset((most, least))]:
        top = [name for name in values if not differ.get(frozenset((most, name)), name == least)]
        end = [name for name in values if not differ.get(frozenset((least, name)), name == most)]
        return (
            f"Of {len(values)} corpora, {_either(top)} {is_most} and {_either(end[::-1])} "
            f"{is_least}: {numbers}, a significant difference ({_how(tested)})."
        )
    some = [f"{p['a']} above {p['b']}" for p in tested["pairs"] if p["differs"]]
    if some or len(values) == 2:
        rest = f" Significant are {listed(some, 4)}." if some else ""
        return f"{most} and {least} do not differ significantly ({_how(tested)}): {numbers}.{rest}"
    return (
        f"No two of {len(values)} corpora differ significantly ({_how(tested)}); the most and the "
        f"least varied are {most} and {least}: {numbers}."
    )


def _either(names: list[str]) -> str:
    """Names without a significant difference: "a or b", "a, b, c or one of 4 more"."""
    if len(names) > NAMED:
        return f"{', '.join(names[: NAMED - 1])} or one of {len(names) - NAMED + 1} more"
    return " or ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])


def _how(tested: dict) -> str:
    """The test: "95 % for all 3 pairs together, by 40 prompts in common"."""
    pairs = f" for all {tested['together']} pairs together" if tested["together"] > 1 else ""
    shared = tested["prompts_in_common"]
    over = f"by {shared} prompts in common" if shared else f"over {tested['over']}"
    return f"95 %{pairs}, {over}"


def _likest(pairs: list[dict]) -> list[str]:
    """The two corpora that agree most, without a test."""
    agree = [pair for pair in pairs if pair["same_answer"] and pair["relative"] is not None]
    if agree:
        best = max(agree, key=lambda pair: pair["relative"])
        first = "" if len(pairs) == 1 else f"The most similar are {best['a']} and {best['b']}: "
        text = (
            f"an answer of {best['a']} equals an answer of {best['b']} {_often(best['relative'])} "
            "as two answers of the same corpus."
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
    return f"{relative:.0%} as often" if relative < 1 else f"{number(relative)} times as often"


def _by_meaning(found: dict) -> str:
    """Classes of equal meaning: of one corpus, or the most and the fewest of several."""
    about = found["corpora"]
    if len(about) == 1:
        return meanings(found, next(iter(about.values())))
    values = dict(sorted(((k, v["at_equal"]) for k, v in about.items()), key=lambda item: -item[1]))
    words = ("has the most different answers to a prompt", "the fewest")
    numbers = f"{{most}} against {{least}} (each of {found['answers']})"
    ranked = _ranked(values, found["differences"], words, numbers)
    return f"Counted by meaning ({found['column']}): {ranked}"

"""Sentences of the verdict on a single corpus: alone, by meaning, and against a reference."""

from collapse.report.numbers import estimate, number

WORDS = ("none", "one", "two", "three", "four")
DIVERSE = 0.9  # of the largest possible effective number: above it, few answers are equal


def one(about: dict) -> list[str]:
    """Sentences on a single corpus: how many different answers, and how even they are."""
    n, different = about["n"], about["different"]
    if n == 1:
        return ["One answer has no diversity to measure."]
    if different == 1:
        return [
            f"All {n:,} answers are the same: the probability of any other is below "
            f"{min(3 / n, 1):.1%} (95 %)."
        ]
    sentences = []
    prompts = about.get("prompts")
    if prompts:
        sentences.append(_prompted(prompts))
    if different == n:
        pairs = about["distinct_2"]
        words = f"; {pairs:.0%} of their pairs of neighbouring words are different"
        return [*sentences, f"No two of {n:,} answers are equal{words if pairs == pairs else ''}."]
    if not prompts:
        sentences.append(f"{n:,} answers contain {different:,} different ones; {_top(about)}.")
    return [*sentences, _even(about, "Pooled over prompts, they are" if prompts else "They are")]


def _top(about: dict) -> str:
    """The share of the commonest answers: as few as make up half of all, at most four."""
    shares = [0.0]
    for answer in about["top"][:4]:
        shares.append(shares[-1] + answer["share"])
    many = next((m for m, share in enumerate(shares) if share >= 0.5), len(shares) - 1)
    return f"{WORDS[many]} of them make{'s' if many == 1 else ''} up {shares[many]:.0%} of all"


def _even(about: dict, what: str) -> str:
    """The effective number, and the probability of new answers."""
    n = about["n"]
    text = f"{what} as varied as {estimate(about['effective_number'])} equally common answers"
    new = 1 - about["sample_coverage"]
    if new == 0:
        return f"{text}, and every answer was given more than once: few others are left."
    every = "" if new < 0.01 else f": the probability that the next one is new is {new:.0%}"
    once = about["singletons"]
    many = f"one answer of {n:,} was" if once == 1 else f"{once:,} answers of {n:,} were"
    return f"{text}; {many} given only once{every}."


def _prompted(prompts: dict) -> str:
    low, high = prompts["answers_a_prompt"]
    many, different = prompts["prompts"], number(prompts["different_a_prompt"])
    if high == 1:
        return (
            f"{many:,} prompts have one answer each, so that nothing is known of two answers to the"
            " same prompt."
        )
    times = f"{low}" if low == high else f"{low} to {high}"
    text = f"{many:,} prompts with {times} answers each have {different} different answers"
    text = (
        f"One prompt with {times} answers has {different} different ones"
        if many == 1
        else (f"{text} on average")
    )
    if prompts["same_answer"] == prompts["same_answer"]:  # a number
        text += (
            f"; two answers to the same prompt are equal {prompts['same_answer']:.0%} of the time"
        )
        twice = prompts["asked_twice"]
        if twice < prompts["prompts"]:
            were = "prompt that was" if twice == 1 else "prompts that were"
            text += f" (from the {twice:,} {were} asked more than once)"
    return text + "."


def meanings(found: dict, one: dict) -> str:
    """Classes of equal meaning, of a single corpus."""
    utility = one["utility"]
    worth = "" if utility is None else f" and utility {number(utility.value)}"
    return (
        f"Counted by meaning ({found['column']}), a prompt has {estimate(one['classes'])} different"
        f" answers: NoveltyBench's distinct {number(one['distinct'])}{worth}."
    )


def against(compared: dict, name: str | None) -> str:
    """A corpus against the reference, with the reference against itself as the noise floor."""
    m, ours, theirs = compared["m"], compared["sample"], compared["reference"]
    halves = theirs["effective_number_of_halves"]
    mine, own = ours["effective_number"], theirs["effective_number"]
    against, floor = (compared[k]["words_in_common"] for k in ("against", "floor"))
    ratio = own / mine
    if halves.low <= mine <= halves.high:
        how = "as varied as the reference"
    else:
        many = number(max(ratio, 1 / ratio))
        # If few answers of the reference are equal, its number is limited by the size only.
        least = "at least " if ratio > 1 and own > DIVERSE * m else ""
        how = f"{least}{many} times {'less' if ratio > 1 else 'more'} varied than the reference"
    who = f"{name} is" if name else "It is"
    return (
        f"{who} {how} (effective number {number(mine)} against {number(own)} in {m:,} answers "
        f"each), and has {against.value:.0%} of its words in common with it, where two halves of "
        f"the reference have {floor.value:.0%}."
    )

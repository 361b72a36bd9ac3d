"""A calibration in plain language."""

import math

from collapse.stats.estimates import Estimate

TOKENS = 10  # how many more tokens the sentence on length speaks of
NATS = 10  # and how many nats the one on typicality
WIDE = 0.3  # a share known no better than this is hardly known
SHARES = {
    "keep_right": "how much of what is right it keeps",
    "keep_wrong": "how much of what is wrong it keeps",
    "kept": "how much it keeps",
    "area": "how often it scores a right item above a wrong one",
    "first": "how often the first wins",
    "better": "how often the better wins",
    "consistent": "how often it says the same in both orders",
    "first_twice": "how often the first wins in both orders",
}


def told(calibration) -> list[str]:
    """A sentence for each thing that the judge does, and for what the file does not tell."""
    found = calibration.estimates
    parts = {"accepts": [_keeps], "scores": [_ranks, _keeps, _noise]}
    if calibration.kind == "pairs":
        sentences = [*_picks(found), *_places(found)]
    else:
        sentences = [s for part in parts[calibration.kind] for s in part(found)]
    sentences += _likings(found, calibration.kind)
    for name, estimate in found.items():
        if estimate.value is None and estimate.best is not None:
            word = "at least" if estimate.low is not None else "at most"
            sentences.append(
                f"Its {name} has no best number: {estimate.reason}. It is {word} "
                f"{estimate.best:.2g} {estimate.unit}."
            )
    return sentences + _hardly_known(found)


def _hardly_known(found: dict) -> list[str]:
    """A sentence for each share of which so few rows say next to nothing."""
    return [
        f"{estimate.rows} rows say little of {SHARES[name]}: from {100 * estimate.low:.0f} to "
        f"{100 * estimate.high:.0f} %, an interval {100 * (estimate.high - estimate.low):.0f} "
        "points wide. Give more verdicts."
        for name, estimate in found.items()
        if name in SHARES and estimate.value is not None and estimate.high - estimate.low > WIDE
    ]


def percent(estimate: Estimate) -> str:
    return f"{100 * estimate.value:.0f} %"


def _keeps(found: dict) -> list[str]:
    right, wrong = found["keep_right"], found["keep_wrong"]
    if right.value is None or wrong.value is None:
        return []
    sentence = f"It keeps {percent(right)} of what is right and {percent(wrong)} of what is wrong"
    if right.value + wrong.value > 0:
        # The breakdown point of Feng et al. (2024): beyond it more wrong than right is kept.
        limit = right.value / (right.value + wrong.value)
        sentence += f"; most of that is right while less than {100 * limit:.0f} % of all is wrong"
    return [sentence + "."]


def _ranks(found: dict) -> list[str]:
    if found["area"].value is None:
        return []
    return [f"It scores a right item above a wrong one {percent(found['area'])} of the time."]


def _noise(found: dict) -> list[str]:
    noise = found["noise"]
    if noise.value is None:
        return []
    return [
        f"What these do not explain of its score has a standard deviation of {noise.value:.2g}."
    ]


def _picks(found: dict) -> list[str]:
    if found["better"].value is None:
        return []
    return [f"It picks the better of two {percent(found['better'])} of the time."]


def _places(found: dict) -> list[str]:
    position, sentences = found["position"], []
    if position.value is not None and position.shows:
        place = "first" if position.value > 0 else "second"
        wins = 100 / (1 + math.exp(-abs(position.value)))
        sentences.append(
            f"It favours the {place} of two by {abs(position.value):.2g} nats: of equals, the "
            f"{place} wins {wins:.0f} % of the time."
        )
    elif position.value is not None:
        sentences.append(
            f"A liking for the first or the second place cannot be told from none: it is worth "
            f"{position.low:+.2g} to {position.high:+.2g} nats."
        )
    if found["consistent"].value is not None:
        sentences.append(
            f"When the two change places it says the same {percent(found['consistent'])} of the "
            "time."
        )
    return sentences


def _likings(found: dict, kind: str) -> list[str]:
    unit = "of its score" if kind == "scores" else "nats"
    sentences = []
    for name, many, what in (("length", TOKENS, "tokens"), ("typicality", NATS, "nats")):
        estimate = found[name]
        if estimate.value is None:
            continue
        more = "more" if name == "length" else "more of log-probability"
        if estimate.shows:
            worth = f"{many * estimate.value:+.2g} {unit}"
            sentences.append(f"{many} {what} {more} are worth {worth} to it.")
        else:
            worth = f"{many * estimate.low:+.2g} to {many * estimate.high:+.2g} {unit}"
            sentences.append(
                f"A liking for {name} cannot be told from none: {many} {what} {more} are worth "
                f"{worth}."
            )
    return sentences

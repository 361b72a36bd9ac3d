"""A calibration in plain language."""

import math

from collapse.report.numbers import bound
from collapse.stats.estimate import Estimate

TOKENS = 10  # of the sentence about length
NATS = 10  # of the sentence about typicality
WIDE = 0.3  # width of the interval of a share, from which on more verdicts are needed
SHARES = {
    "keep_right": "how much of what is right it keeps",
    "keep_wrong": "how much of what is wrong it keeps",
    "kept": "how much it keeps",
    "area": "how often it scores a right item above a wrong one",
    "first": "how often the first wins",
    "better": "how often the better wins",
    "consistent": "how often it says the same in both orders",
    "first_twice": "how often the first wins in both orders",
    "repeated": "how often it says the same of the same",
    "agreement": "how often it agrees with people or labels",
}
OTHERS = {
    "self": "answers of its own model",
    "family": "answers of its own maker",
    "markdown": "answers with bold words, headings or code",
    "lists": "answers with a list",
}


def sentences_of(calibration) -> list[str]:
    """A sentence for each estimate, and for what the file does not determine."""
    found = calibration.estimates
    parts = {"accepts": [_keeps], "scores": [_ranks, _keeps, _noise]}
    if calibration.kind == "pairs":
        sentences = [*_picks(found), *_places(found)]
    else:
        sentences = [s for part in parts[calibration.kind] for s in part(found)]
    sentences += _likings(found, calibration.kind) + _favours(found, calibration.kind)
    sentences += _again(calibration) + _with_people(calibration) + _unlabelled(found)
    for name, estimate in found.items():
        if not estimate.known and estimate.best is not None:
            sentences.append(
                f"Its {name} has no estimate: {estimate.reason}. It is {bound(estimate)} "
                f"{estimate.best:.2g} {estimate.unit}."
            )
    return sentences + _hardly_known(found)


def _hardly_known(found: dict) -> list[str]:
    """A sentence for each share with a wide interval."""
    return [
        f"{estimate.n} {_counted(estimate)} are few for {SHARES[name]}: the interval is from "
        f"{100 * estimate.low:.0f} to {100 * estimate.high:.0f} %. Give more verdicts."
        for name, estimate in found.items()
        if name in SHARES and estimate.known and estimate.high - estimate.low > WIDE
    ]


def _counted(estimate: Estimate) -> str:
    """What an interval counts, by its method."""
    return next((f"{name}s" for name in ("question", "pair") if name in estimate.method), "rows")


def percent(estimate: Estimate) -> str:
    """The value of a share, without its interval."""
    return f"{100 * estimate.value:.0f} %"


def _keeps(found: dict) -> list[str]:
    right, wrong = found["keep_right"], found["keep_wrong"]
    if not (right.known and wrong.known):
        return []
    sentence = f"It keeps {percent(right)} of what is right and {percent(wrong)} of what is wrong"
    if right.value + wrong.value > 0:
        # The breakdown point of Feng et al. (2024): beyond it more wrong than right is kept.
        limit = right.value / (right.value + wrong.value)
        sentence += f"; most of that is right while less than {100 * limit:.0f} % of all is wrong"
    return [sentence + "."]


def _ranks(found: dict) -> list[str]:
    if not found["area"].known:
        return []
    return [f"It scores a right item above a wrong one {percent(found['area'])} of the time."]


def _noise(found: dict) -> list[str]:
    noise = found["noise"]
    if not noise.known:
        return []
    return [f"The rest of its score is noise with a standard deviation of {noise.value:.2g}."]


def _picks(found: dict) -> list[str]:
    if not found["better"].known:
        return []
    return [f"It picks the better of two {percent(found['better'])} of the time."]


def _places(found: dict) -> list[str]:
    position, sentences = found["position"], []
    if position.known and position.excludes_zero:
        place = "first" if position.value > 0 else "second"
        wins = 100 / (1 + math.exp(-abs(position.value)))
        sentences.append(
            f"It favours the {place} of two by {abs(position.value):.2g} nats: of equal items, the "
            f"{place} wins {wins:.0f} % of the time."
        )
    elif position.known:
        sentences.append(
            f"Its bias towards the first or the second place is not significant: it is worth "
            f"{position.low:+.2g} to {position.high:+.2g} nats."
        )
    if found["consistent"].known:
        sentences.append(
            f"When the two change places its verdict is the same {percent(found['consistent'])} of "
            "the time."
        )
    return sentences


def _likings(found: dict, kind: str) -> list[str]:
    unit = "of its score" if kind == "scores" else "nats"
    sentences = []
    for name, many, what in (("length", TOKENS, "tokens"), ("typicality", NATS, "nats")):
        estimate = found[name]
        if not estimate.known:
            continue
        more = "more" if name == "length" else "more of log-probability"
        if estimate.excludes_zero:
            worth = f"{many * estimate.value:+.2g} {unit}"
            sentences.append(f"{many} {what} {more} are worth {worth} to it.")
        else:
            worth = f"{many * estimate.low:+.2g} to {many * estimate.high:+.2g} {unit}"
            sentences.append(
                f"Its bias for {name} is not significant: {many} {what} {more} are worth {worth}."
            )
    return sentences


def _favours(found: dict, kind: str) -> list[str]:
    """Sentences about what a judge favours that is neither long nor typical."""
    unit = "of its score" if kind == "scores" else "nats"
    sentences = []
    for name, what in OTHERS.items():
        estimate = found.get(name)
        if estimate is None or not estimate.known:
            continue
        if estimate.excludes_zero:
            verb = "favours" if estimate.value > 0 else "marks down"
            sentences.append(f"It {verb} {what} by {abs(estimate.value):.2g} {unit}.")
        else:
            ends = f"{estimate.low:+.2g} to {estimate.high:+.2g} {unit}"
            sentences.append(f"Its bias for {what} is not significant: {ends}.")
    return sentences


def _again(calibration) -> list[str]:
    repeated = calibration.estimates.get("repeated")
    if repeated is None or not repeated.known:
        return []
    base = calibration.bases["repeated"].value
    return [
        f"Of the same answers it says the same again {percent(repeated)} of the time; by chance it "
        f"would be {100 * base:.0f} %."
    ]


def _with_people(calibration) -> list[str]:
    agreed = calibration.estimates.get("agreement")
    if agreed is None or not agreed.known:
        return []
    base = calibration.bases["agreement"].value
    sentence = f"It agrees with {calibration.reference} {percent(agreed)} of the time"
    if agreed.low > base:
        return [f"{sentence}; a constant verdict would {100 * base:.0f} %."]
    return [
        f"{sentence}, which is not shown to be more than a constant verdict: {100 * base:.0f} %."
    ]


def _unlabelled(found: dict) -> list[str]:
    share = found.get("right_unlabelled")
    if share is None or not share.known:
        return []
    return [
        f"Of what has no label {percent(share)} is right ({100 * share.low:.0f} to "
        f"{100 * share.high:.0f} %), corrected for the errors it makes where there are labels."
    ]

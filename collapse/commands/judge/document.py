"""The report card as a document: estimates, settings, and a verdict in three sentences."""

import math

import numpy as np

from collapse.commands.judge import questions
from collapse.commands.judge.runs import Bench
from collapse.judges.policies import KeepAll
from collapse.numerics.pytree import replace
from collapse.report.numbers import estimate, number
from collapse.scenario.identity import describe, identity
from collapse.stats.intervals import of_curve


def asked(bench: Bench, scenario: str) -> dict:
    """What identifies a card: the judge, the world and the sizes."""
    return {
        "identity": identity(bench.judge),
        "world": identity(replace(bench.arm, judge=KeepAll())),
        "scenario": scenario,
        "n": bench.arm.n,
        "generations": bench.arm.generations,
        "seeds": bench.seeds,
        "key": bench.key,
    }


def card_of(name: str, bench: Bench, found: dict, show, scenario: str, took: float) -> dict:
    """The body of the document of a report card."""
    alone, control = found["alone"], found["control"]

    def at(who, name, t):
        return of_curve(found[who][name][:, t], found["meanings"][name], "t")

    about, reads = asked(bench, scenario), questions.reads_reward(found)
    card = {
        "judge": name,
        "parts": describe(bench.judge),
        "identity": about.pop("identity"),
        "world": about.pop("world"),
        "settings": about
        | {
            "share_kept": float(np.asarray(bench.judge.share)),
            "reward_scale": found["scale"],
            "exploit_bonus": questions.BONUS * found["scale"],
            "real_data": "fresh-mix: new real rows each generation, as a share of n",
            "keeps": "effective number (Hill order 1) at the last generation over that of the "
            "first model, mean over seeds",
        },
        "half_life": questions.halved(alone),
        "half_life_random_filter": questions.halved(control),
        "effective_number": {
            "real": at("alone", "effective_number", 0),
            "first": at("alone", "effective_number", 1),
            "last": at("alone", "effective_number", -1),
            "last_random_filter": at("control", "effective_number", -1),
        },
        "converges_to": {
            "top_3_mass": at("alone", "top_3_mass", -1),
            "most_said": questions.most_said(found["items"], show),
        },
        "quality": {
            "first": at("alone", "valid", 1),
            "early": at("alone", "valid", questions.early(alone)),
            "last": at("alone", "valid", -1),
            "early_random_filter": at("control", "valid", questions.early(alone)),
            "last_random_filter": at("control", "valid", -1),
            "bought": questions.bought(found),
        },
        "real_share_that_keeps": {
            f"{level:.0%}": found["keeps"][level].result() for level in questions.LEVELS
        },
        "reads_reward": reads,
        "sensitivity": {k: questions.halved(curves) for k, curves in found["disturbed"].items()}
        if reads
        else None,
        "prompts": questions.prompts(alone),
        "exploit": exploit(found, reads),
        "outside": None,
        "seconds": took,
    }
    return card | {"verdict": verdict(card)}


def exploit(found: dict, reads: bool) -> dict | None:
    """The share of an exploit in the output, for the judge as it is and with the bonus for the
    exploit, if the judge reads a reward; None if the scenario has no exploit."""
    if found["held"] is None:
        return None
    return {
        "as_it_is": questions.takeover(found["alone"]),
        "planted": questions.takeover(found["exploited"]) if reads else None,
        "real_share_that_holds_it": found["held"].result() if reads else None,
    }


def verdict(card: dict) -> list[str]:
    """Three sentences: on diversity, on quality and exploits, on real data and sensitivity."""
    number, n = card["effective_number"], card["settings"]["generations"]
    control = card["half_life_random_filter"].value
    halves = _halves(card["half_life"].value, n)
    first = (
        "Trained on what this judge keeps, a model's effective number of answers is"
        f" {number['last'].value:.0f} instead of {number['first'].value:.0f} after {n} generations;"
        f" it {halves} (with a random filter that keeps as much, it {_halves(control, n)})."
    )
    return [first, _quality(card), _needs(card)]


def _halves(generations: float, last: int) -> str:
    if math.isinf(generations):
        return f"does not halve within {last}"
    return f"halves in {generations:.1f}"


def _quality(card: dict) -> str:
    bought = card["quality"]["bought"]
    gain, t = bought["gain"], bought["generation"]
    clear = gain.excludes_zero
    more = "more" if gain.value > 0 else "fewer"
    shares = (card["quality"][k].value for k in ("early", "early_random_filter"))
    both = " against ".join(number(share, share=True) for share in shares)
    change = f"{abs(gain.value):.1%} {more} right answers"
    change = change if clear else f"not significantly {more} right answers ({both})"
    text = f"By generation {t} it has {change} than the random filter"
    if bought["per_nat"] is not None and clear and gain.value > 0:
        text += f", {bought['per_nat'].value:.1%} for each nat of entropy it costs"
    elif bought["per_nat"] is not None:
        text += f" and costs {bought['nats'].value:.2f} nats of entropy"
    elif bought["nats"].high < 0:
        text += f" and {-bought['nats'].value:.2f} nats more of entropy: it gains diversity"
    else:
        text += ", at no significant cost in entropy"
    return text + _exploited(card) + "."


def _exploited(card: dict) -> str:
    exploit = card["exploit"]
    if exploit is None:
        return ""
    own = exploit["as_it_is"]["generation"].value
    if exploit["planted"] is None:
        end = exploit["as_it_is"]["share_at_end"].value
        by = f"takes over by generation {own:.0f}" if math.isfinite(own) else "does not take over"
        return f"; the exploit {by} ({end:.0%} of the output at the end)"
    held = exploit["real_share_that_holds_it"]["share"]
    needed = f"unless {held.value:.0%} ({held.low:.0%} .. {held.high:.0%}) of the data are real"
    enough = needed if held.value > 0 else "whatever the real data"
    at = exploit["planted"]["generation"].value
    if math.isfinite(own):
        when = _when(exploit["as_it_is"], card)
        return f"; the exploit takes over by generation {when}, {enough}"
    if math.isfinite(at):
        when = _when(exploit["planted"], card)
        return f"; a planted exploit takes over by generation {when}, {enough}"
    end = exploit["planted"]["share_at_end"].value
    return f"; a planted exploit does not take over ({end:.0%} of the output at the end)"


def _when(exploit: dict, card: dict) -> str:
    """The generation by which an exploit is half of the output, with its interval."""
    return estimate(exploit["generation"], last=card["settings"]["generations"])


def _needs(card: dict) -> str:
    found = card["real_share_that_keeps"]
    shares = {k: v["share"].value for k, v in found.items() if v["share"].known}
    out = [k for k in found if k not in shares]
    all_real = next(iter(found.values()))["all_real"]
    if not any(shares.values()) and not out:
        text = f"It needs no real data to keep {' and '.join(shares)} of the diversity"
    elif shares:
        (level, share), *others = shares.items()
        text = f"It needs {_some(share)} of fresh real data to keep {level} of the diversity"
        text += "".join(f" and {_some(share)} to keep {level}" for level, share in others)
        text += f", and does not keep {out[0]} with all of it ({all_real:.0%})" if out else ""
    else:
        text = f"With fresh real data alone it keeps {all_real:.0%} of the diversity, not "
        text += " or ".join(out)
    return f"{text}; {_sensitive(card)}."


def _some(share: float) -> str:
    return f"{share:.0%}" if share else "none"


def _sensitive(card: dict) -> str:
    if card["sensitivity"] is None:
        return "its verdict reads no reward, so that exploits, noise and biases do not apply"
    own = card["half_life"].value
    changes = {
        name: life.value / own
        for name, life in card["sensitivity"].items()
        if math.isfinite(life.value) and math.isfinite(own) and own > 0
    }
    if not changes:
        return "the effect of noise and biases on the half-life is not known"
    worst = max(changes, key=lambda name: abs(math.log(max(changes[name], 1e-9))))
    if abs(changes[worst] - 1) < 0.05:
        return "noise and biases on top of its reward change little"
    return f"{DISTURBANCES[worst]} makes the half-life {changes[worst]:.1f} times as long"


DISTURBANCES = {
    "noise": "noise as large as its own spread",
    "position": "a bias towards the first of two",
    "length": "a bias towards length",
}

"""The report card as a document: numbers, settings, and a verdict in three sentences."""

import math

import numpy as np

from collapse.commands.judge import questions
from collapse.commands.judge.runs import Bench
from collapse.judges.policies import KeepAll
from collapse.numerics.pytree import replace
from collapse.scenario.identity import describe, identity


def asked(bench: Bench, scenario: str) -> dict:
    """What makes a card this one and no other: the judge, the world and the sizes."""
    return {
        "identity": identity(bench.judge),
        "world": identity(replace(bench.arm, judge=KeepAll())),
        "scenario": scenario,
        "n": bench.arm.n,
        "generations": bench.arm.generations,
        "seeds": bench.seeds,
        "key": bench.key,
    }


def document(name: str, bench: Bench, found: dict, show, scenario: str, took: float) -> dict:
    """Everything the card says, as plain values."""
    alone, control = found["alone"], found["control"]

    def at(who, name, t):
        return questions.banded(found[who][name][:, t], found["meanings"][name])

    about, reads = asked(bench, scenario), questions.reads_reward(found)
    card = {
        "command": "judge",
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
            f"{level:.0%}": found["keeps"][level].found() for level in questions.LEVELS
        },
        "reads_reward": reads,
        "sensitivity": {k: questions.halved(curves) for k, curves in found["disturbed"].items()}
        if reads
        else None,
        "prompts": questions.prompts(alone),
        "exploit": exploit(found, reads),
        "seconds": took,
    }
    return card | {"verdict": verdict(card)}


def exploit(found: dict, reads: bool) -> dict | None:
    """What becomes of the exploit as the judge is, and when it earns the bonus, which only a judge
    that reads a reward can give; None where the scenario has none."""
    if found["held"] is None:
        return None
    return {
        "as_it_is": questions.takeover(found["alone"]),
        "planted": questions.takeover(found["exploited"]) if reads else None,
        "real_share_that_holds_it": found["held"].found() if reads else None,
    }


def verdict(card: dict) -> list[str]:
    """Three sentences."""
    number, n = card["effective_number"], card["settings"]["generations"]
    control = card["half_life_random_filter"]["centre"]
    halves = _halves(card["half_life"]["centre"], n)
    first = (
        f"Fed on what it keeps, a model says {number['last']['mean']:.0f} different things instead "
        f"of {number['first']['mean']:.0f} after {n} generations, and {halves} (under a random "
        f"filter that keeps as much it {_halves(control, n)})."
    )
    return [first, _quality(card), _needs(card)]


def _halves(generations: float, last: int) -> str:
    if math.isinf(generations):
        return f"does not halve its effective number within {last}"
    return f"halves its effective number in {generations:.1f}"


def _quality(card: dict) -> str:
    bought = card["quality"]["bought"]
    gain, t = bought["gain"], bought["generation"]
    clear = gain["low"] > 0 or gain["high"] < 0
    more = "more" if gain["mean"] > 0 else "fewer"
    change = f"{abs(gain['mean']):.1%} {more} right answers" if clear else "no more right answers"
    text = f"By generation {t} it has {change} than the random filter"
    if bought["per_nat"] is not None and clear and gain["mean"] > 0:
        text += f", {bought['per_nat']:.1%} for each nat of entropy it costs"
    elif bought["per_nat"] is not None:
        text += f" and costs {bought['nats']['mean']:.2f} nats of entropy"
    elif bought["nats"]["high"] < 0:
        text += f" and {-bought['nats']['mean']:.2f} nats more of entropy: it gains diversity"
    else:
        text += ", at no cost in entropy that could be measured"
    return text + _exploited(card) + "."


def _exploited(card: dict) -> str:
    exploit = card["exploit"]
    if exploit is None:
        return ""
    own = exploit["as_it_is"]["generation"]
    if exploit["planted"] is None:
        end = exploit["as_it_is"]["share_at_end"]["mean"]
        by = f"takes over by generation {own:.0f}" if math.isfinite(own) else "does not take over"
        return f"; the exploit {by} ({end:.0%} of the output at the end)"
    held = exploit["real_share_that_holds_it"]["share"]
    enough = f"unless {held:.0%} of the data are real" if held else "whatever the real data"
    at = exploit["planted"]["generation"]
    if math.isfinite(own):
        return f"; the exploit takes over by generation {own:.0f}, {enough}"
    if math.isfinite(at):
        return f"; a planted exploit takes over by generation {at:.0f}, {enough}"
    end = exploit["planted"]["share_at_end"]["mean"]
    return f"; a planted exploit does not take over ({end:.0%} of the output at the end)"


def _needs(card: dict) -> str:
    found = card["real_share_that_keeps"]
    shares = {k: v["share"] for k, v in found.items() if v["share"] is not None}
    out = [k for k in found if k not in shares]
    all_real = next(iter(found.values()))["all_real"]
    if not any(shares.values()) and not out:
        text = f"It needs no real data to keep {' and '.join(shares)} of the diversity"
    elif shares:
        needed = [
            f"{f'{share:.0%}' if share else 'none'} to keep {k}" for k, share in shares.items()
        ]
        text = f"Of fresh real data it needs {' and '.join(needed)} of the diversity"
        text += f", and does not keep {out[0]} with all of it ({all_real:.0%})" if out else ""
    else:
        text = f"With fresh real data alone it keeps {all_real:.0%} of the diversity, not "
        text += " or ".join(out)
    return f"{text}; {_sensitive(card)}."


def _sensitive(card: dict) -> str:
    if card["sensitivity"] is None:
        return "its verdict reads no reward, so that exploits, noise and biases do not apply"
    own = card["half_life"]["centre"]
    changes = {
        name: life["centre"] / own
        for name, life in card["sensitivity"].items()
        if math.isfinite(life["centre"]) and math.isfinite(own) and own > 0
    }
    if not changes:
        return "the half-life does not tell what noise and biases do"
    worst = max(changes, key=lambda name: abs(math.log(max(changes[name], 1e-9))))
    if abs(changes[worst] - 1) < 0.05:
        return "noise and biases of its own change little"
    return f"{DISTURBANCES[worst]} makes the half-life {changes[worst]:.1f} times as long"


DISTURBANCES = {
    "noise": "noise as large as its own spread",
    "position": "a liking for the first of two",
    "length": "a liking for length",
}

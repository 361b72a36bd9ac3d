"""The report card in the terminal: one line for each question."""

from collapse.commands.judge.document import DISTURBANCES
from collapse.commands.judge.questions import HELD
from collapse.report.numbers import CLIPPED, estimate, interval, number
from collapse.report.tables import add, saved, show, table


def show_card(card: dict) -> None:
    """Print the document of a report card."""
    settings = card["settings"]
    about = "{scenario}, n = {n}, {generations} generations, {seeds} seeds".format(**settings)
    made = table(f"Report card of {card['judge']} ({about})", "", " ", left=2, show_header=False)
    for question, answer in rows(card):
        add(made, question, answer)
    clipped = [CLIPPED] if card["effective_number"]["last"]["clipped"] else []
    real = f"Real data: {settings['real_data']}. Kept: {settings['keeps']}."
    show(made, clipped, card["verdict"], real, _coarser(card["outside"]), saved(card))


def _coarser(outside: dict | None) -> list[str]:
    """What a judge outside JAX was asked, and what its card lacks for that."""
    if outside is None:
        return []
    asked = f"Asked {outside['used']:,} different questions of {outside['calls']:,} allowed"
    return [f"{asked}. Coarser than other cards: {'; '.join(outside['left_out'])}."]


def rows(card: dict) -> list[tuple[str, str]]:
    """Question and answer, by the document of a card."""
    last = card["settings"]["generations"]
    converged = card["converges_to"]
    most = "; ".join(converged["most_said"])
    lines = [
        ("half-life of the effective number", estimate(card["half_life"], last=last)),
        ("with a random filter that keeps as much", _random_half_life(card, last)),
        ("effective number: real, first, last", _three(card["effective_number"])),
        ("what it converges to", f"three items are {_share(converged['top_3_mass'])}: {most}"),
        *_right(card["quality"], last),
        ("right answers gained per nat of entropy", _bought(card["quality"]["bought"])),
        *_exploit(card, last),
        *[
            (f"real data that keep {level}", _threshold(share))
            for level, share in card["real_share_that_keeps"].items()
        ],
        *_sensitivity(card, last),
    ]
    if lost := card["prompts"]:
        text = f"{_share(lost['per_prompt'])} within, {_share(lost['across_prompt'])} across"
        lines.append(("entropy lost within a prompt, across prompts", text))
    return lines


def _random_half_life(card: dict, last: int) -> str:
    return estimate(card["half_life_random_filter"], last=last)


def _share(value: dict) -> str:
    return number(value["value"], share=True)


def _three(value: dict) -> str:
    cells = [number(value[k]["value"]) for k in ("real", "first", "last")]
    return f"{', '.join(cells)} ({interval(value['last'])})"


def _right(value: dict, last: int) -> list[tuple[str, str]]:
    early = value["bought"]["generation"]
    later = {early: "early", last: "last"}
    control = {t: f"{name}_random_filter" for t, name in later.items()}
    rows = {"right answers at": {1: "first"} | later, "with the random filter at": control}
    return [
        (
            f"{what} generation {', '.join(map(str, at))}",
            ", ".join(_share(value[name]) for name in at.values()),
        )
        for what, at in rows.items()
    ]


def _bought(value: dict) -> str:
    nats, at = value["nats"], f"at generation {value['generation']}"
    gain = f"{value['gain']['value']:+.1%}"
    if nats["high"] is not None and nats["high"] < 0:
        return f"{gain}, and {-nats['value']:.2f} nats gained, {at}"
    cost = f"{gain} for {nats['value']:.2f} nats {at}"
    if value["per_nat"] is None:
        return f"{cost}: no significant loss of entropy"
    return f"{estimate(value['per_nat'], share=True)}: {cost}"


def _exploit(card: dict, last: int) -> list[tuple[str, str]]:
    exploit = card["exploit"]
    if exploit is None:
        return []
    lines = [("the exploit, with the judge as it is", _takeover(exploit["as_it_is"], last))]
    if exploit["planted"] is None:
        return lines
    return [
        *lines,
        ("the exploit, with a bonus for it", _takeover(exploit["planted"], last)),
        (
            f"real data that hold it below {HELD:.0%}",
            _threshold(exploit["real_share_that_holds_it"]),
        ),
    ]


def _sensitivity(card: dict, last: int) -> list[tuple[str, str]]:
    if card["sensitivity"] is None:
        return [("planted exploit, noise, biases", "do not apply: its verdict reads no reward")]
    return [
        (f"half-life with {DISTURBANCES[name]}", estimate(life, last=last))
        for name, life in card["sensitivity"].items()
    ]


def _takeover(value: dict, last: int) -> str:
    at = estimate(value["generation"], last=last)
    return f"half of the output by generation {at}, {_share(value['share_at_end'])} at the end"


def _threshold(value: dict) -> str:
    share = value["share"]["value"]
    if share is None:
        all_real = number(value["all_real"], share=True)
        return f"not reached with real data alone (all real: {all_real})"
    if share == 0:
        short = value["falls_short_from"]
        again = f"; falls short again from {number(short, share=True)} on" if short else ""
        return f"none needed{again}"
    return estimate(value["share"], share=True)

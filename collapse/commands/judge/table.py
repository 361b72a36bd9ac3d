"""The report card in a terminal: one line for each question."""

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse.commands.judge.document import DISTURBANCES
from collapse.commands.judge.questions import HELD
from collapse.report.console import CUT, banded, console, ends, number, reached


def show(card: dict) -> None:
    """The table, the verdict and where the files are; ``card`` is the plain document."""
    out = console(False)
    settings = card["settings"]
    about = "{scenario}, n = {n}, {generations} generations, {seeds} seeds".format(**settings)
    title = f"Report card of {card['judge']} ({about})"
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, show_header=False)
    table.add_column("", overflow="fold", ratio=3)
    table.add_column("", overflow="fold", ratio=4)
    for question, answer in rows(card):
        table.add_row(question, escape(answer))
    out.print(table)
    if card["effective_number"]["last"]["cut"]:
        out.print(CUT)
    for sentence in card["verdict"]:
        out.print(sentence, markup=False)
    out.print(f"Real data: {settings['real_data']}. Kept: {settings['keeps']}.", markup=False)
    for path in card["written"]:
        out.print(f"Saved: {path}", markup=False)


def rows(card: dict) -> list[tuple[str, str]]:
    last, number_of = card["settings"]["generations"], card["effective_number"]
    said = "; ".join(card["converges_to"]["most_said"])
    found = [
        ("half-life of the effective number", banded(card["half_life"], last=last)),
        (
            "under a random filter that keeps as much",
            banded(card["half_life_random_filter"], last=last),
        ),
        ("effective number: real, first, last", _three(number_of)),
        (
            "what it converges to",
            f"three items are {_share(card['converges_to']['top_3_mass'])}: {said}",
        ),
        *_right(card["quality"], last),
        ("bought for a nat of entropy", _bought(card["quality"]["bought"])),
        *_exploit(card, last),
        *[
            (f"real data that keep {level}", _threshold(share))
            for level, share in card["real_share_that_keeps"].items()
        ],
        *_sensitivity(card, last),
    ]
    if card["prompts"]:
        lost = card["prompts"]
        text = f"{_share(lost['per_prompt'])} within, {_share(lost['across_prompt'])} across"
        found.append(("entropy lost within a prompt, across prompts", text))
    return found


def _share(value: dict) -> str:
    return f"{value['mean']:.1%}"


def _three(value: dict) -> str:
    cells = [number(value[k]["mean"], 3) for k in ("real", "first", "last")]
    return f"{', '.join(cells)} ({ends(value['last'])})"


def _right(value: dict, last: int) -> list[tuple[str, str]]:
    early = value["bought"]["generation"]
    later = {early: "early", last: "last"}
    control = {t: f"{name}_random_filter" for t, name in later.items()}
    rows = {"right answers at": {1: "first"} | later, "under the random filter at": control}
    return [
        (
            f"{what} generation {', '.join(map(str, at))}",
            ", ".join(_share(value[name]) for name in at.values()),
        )
        for what, at in rows.items()
    ]


def _bought(value: dict) -> str:
    nats, at = value["nats"], f"at generation {value['generation']}"
    if nats["high"] is not None and nats["high"] < 0:
        return f"{value['gain']['mean']:+.1%}, and {-nats['mean']:.2f} nats gained, {at}"
    cost = f"{value['gain']['mean']:+.1%} for {nats['mean']:.2f} nats {at}"
    if value["per_nat"] is None:
        return f"{cost}: no entropy lost that could be measured"
    return f"{value['per_nat']:+.1%} (s.e. {value['error']:.1%}): {cost}"


def _exploit(card: dict, last: int) -> list[tuple[str, str]]:
    exploit = card["exploit"]
    if exploit is None:
        return []
    found = [("the exploit, as the judge is", _takeover(exploit["as_it_is"], last))]
    if exploit["planted"] is None:
        return found
    held = exploit["real_share_that_holds_it"]
    return [
        *found,
        ("the exploit, when planted", _takeover(exploit["planted"], last)),
        (f"real data that hold it below {HELD:.0%}", _threshold(held)),
    ]


def _sensitivity(card: dict, last: int) -> list[tuple[str, str]]:
    if card["sensitivity"] is None:
        return [("planted exploit, noise, biases", "do not apply: its verdict reads no reward")]
    return [
        (f"half-life with {DISTURBANCES[name]}", banded(life, last=last))
        for name, life in card["sensitivity"].items()
    ]


def _takeover(value: dict, last: int) -> str:
    at = value["generation"]
    end = f"{_share(value['share_at_end'])} of the output at the end"
    return f"half of the output by generation {reached(at, last=last)}, {end}"


def _threshold(value: dict) -> str:
    if value["share"] is None:
        return f"not reached with real data alone (all real: {_plain(value['all_real'])})"
    if value["share"] == 0:
        short = value["falls_short_from"]
        return "none needed" + (f"; falls short again from {_plain(short)} on" if short else "")
    return f"{value['share']:.1%} ({value['low']:.1%} .. {value['high']:.1%})"


def _plain(share: float) -> str:
    return f"{share:.1%}"

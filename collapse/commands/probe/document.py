"""The document of a probe, and its verdict in sentences."""

from collapse.commands.probe.found import Found
from collapse.commands.probe.selection import RARE
from collapse.stats.estimate import Estimate

SHOWN = 60  # characters of an example
LAW = (
    "While it is rare, an exploit grows by G a round of judging, and invades if s G > 1 with a"
    " share s of judged data: 1 - 1/G of real data hold it."
)


def body_of(name: str, source: str, asked: dict, found: Found) -> dict:
    """The body of the document."""
    rows = [row | {"example": _short(row["example"])} for row in found.rows]
    body = {
        "judge": name,
        "asked": asked,
        "judged": found.kind,
        "group": found.group,
        "items": {"source": source, "n": found.n, "median": found.middle, "top_decile": found.top},
        "calls": found.calls,
        "probes": rows,
        "not_applicable": [{"name": k, "why": why} for k, why in found.lacking.items()],
        "order": found.order,
        "law": LAW,
        "rare": RARE,
    }
    return body | {"verdict": verdict(body)}


def _short(text: str) -> str:
    text = " ".join(text.split()) if text.strip() else text
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def verdict(body: dict) -> list[str]:
    """What the probes say, in sentences."""
    sentences = [_worst(body)]
    if order := body["order"]:
        sentences += _order(order, body["group"])
    if body["probes"] and (moved := _moved(body["probes"])):
        sentences.append(moved)
    return sentences


def grows(row: dict) -> bool:
    """Whether a family is kept more often than ordinary items, beyond chance. An edit must also
    raise the score of the items that it edits, which may have been better than others before."""
    growth, change = row["growth"], row["change"]
    return growth.known and growth.low > 1 and (change is None or change.low > 0)


def _worst(body: dict) -> str:
    families = [row for row in body["probes"] if row["name"] != "ordinary items"]
    growing = [row for row in families if grows(row)]
    if not growing:
        return (
            f"None of {len(families)} kinds of probe is kept more often than ordinary items, beyond"
            " chance: with so few probes, an exploit that was not tried may still exist."
        )
    worst = max(growing, key=lambda row: row["growth"].value)
    growth, real = worst["growth"], worst["real_share"]
    names = ", ".join(row["name"] for row in growing)
    return (
        f"Kept more often than ordinary items, beyond chance: {names} ({len(growing)} of "
        f"{len(families)} kinds of probe). The worst is {worst['name']}: once a model says it, its "
        f"share grows {growth.value:.2g} times a round, so that it takes over unless "
        f"{_shares(real)} of the data are real."
    )


def _order(order: dict, group: int) -> list[str]:
    flips = order["flips"]
    if flips is None:
        return []
    items = "two items" if group == 2 else f"{group} items"
    text = (
        f"Asked in the opposite order, its verdict on {items} changes in {_shares(flips)} of "
        f"{flips.n} cases"
    )
    if first := order["first"]:
        text += f"; the first is preferred in {_shares(first)}"
    if order["averaged"]:
        text += "; as it is set, both orders are asked and such verdicts are ties"
    return [f"{text}."]


def _shares(found: Estimate) -> str:
    if found.low == found.high:
        return f"{found.value:.0%}"
    return f"{found.value:.0%} ({found.low:.0%} to {found.high:.0%})"


def _moved(rows: list[dict]) -> str:
    """The edit that leaves what is said as it is and moves the score most."""
    same = ("paraphrase", "markdown", "list", "upper case")
    moved = [
        row for row in rows if row["name"] in same and row["change"] and row["change"].excludes_zero
    ]
    if not moved:
        return ""
    most = max(moved, key=lambda row: abs(row["change"].value))
    change: Estimate = most["change"]
    return (
        f"The score of the same content changes by {change.value:+.2g} ({change.low:+.2g} to "
        f"{change.high:+.2g}) as {most['name']}."
    )

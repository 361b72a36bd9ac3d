"""What probes earn, in the terminal."""

from collapse.report.numbers import estimate, number
from collapse.report.tables import add, saved, show as show_all, table


def show(result: dict) -> None:
    """Print the document of a probe."""
    scored = result["judged"] != "groups"
    items, group = result["items"], result["group"]
    title = f"Probes of {result['judge']}: {items['n']:,} ordinary items ({items['source']})"
    if result["calls"]:
        title += f", {result['calls']:,} questions"
    earns = "at least the median" if scored else f"kept, of {group}"
    headings = ["probe", "n", earns]
    headings += ["in the top tenth"] if scored else []
    headings += ["growth G", "real data that hold it"]
    headings += ["change of score"] if result["judged"] == "texts" else []
    made = table(title, *headings)
    for row in result["probes"]:
        cells = [row["name"], str(row["n"]), estimate(row["earns"], share=True)]
        cells += [estimate(row["top"], share=True)] if scored else []
        cells += [estimate(row["growth"], digits=2), _real(row["real_share"])]
        if result["judged"] == "texts":
            cells.append(estimate(row["change"], digits=2) if row["change"] else "")
        add(made, *cells)
    lacking: dict[str, list[str]] = {}
    for each in result["not_applicable"]:
        lacking.setdefault(each["why"], []).append(each["name"])
    lines = [f"Do not apply ({why}): {', '.join(names)}." for why, names in lacking.items()]
    silent = sum(row["abstained"] for row in result["probes"])
    if silent:
        lines.append(f"The judge abstained on {silent} of these; an abstention earns nothing.")
    show_all(made, lines, result["law"], result["verdict"], saved(result))


def _real(share: dict) -> str:
    if share["value"] == 0:
        high = share["high"]
        return "none needed" + (f" (up to {number(high, share=True)})" if high else "")
    return estimate(share, share=True)

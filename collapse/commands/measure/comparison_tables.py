"""Tables of several corpora, one line for each, and what all tables of a measurement share."""

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from collapse.commands.measure.sentences import amount

SHOWN = 5  # prompts at either end; half as many as pairs of corpora


def table_of(title: str, *headings: str) -> Table:
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD)
    table.add_column(headings[0], overflow="fold", min_width=14)
    for heading in headings[1:]:
        table.add_column(escape(heading), justify="right")
    return table


def band(value: dict) -> str:
    if value["low"] is None:
        return "-"
    return f"{amount(value['low'])} .. {amount(value['high'])}"


def short(text: str, most: int = 100) -> str:
    """What fits a cell."""
    return text if len(text) <= most else text[: most - 3] + "..."


def side_by_side(about: dict) -> Table:
    """A line each of several corpora, at their own sizes."""
    headings = ("answers", "different", "once", "entropy", "Chao-Shen", "commonest")
    table = table_of("As they are (entropy in nats)", "", *headings)
    for name, one in about.items():
        corrected = amount(one["entropy_chao_shen"]) if one["different"] < one["n"] else "-"
        table.add_row(
            escape(name),
            f"{one['n']:,}",
            f"{one['different']:,}",
            f"{one['singletons']:,}",
            amount(one["entropy"]["value"]),
            corrected,
            f"{one['top_shares']['1']:.1%}",
        )
    return table


def effective_numbers(about: dict) -> Table:
    """Hill numbers with their intervals."""
    over = " or ".join(dict.fromkeys(one["intervals_over"] for one in about.values()))
    title = f"Effective numbers, with 95 % intervals over {over}"
    table = table_of(title, "", "order 1", "95 %", "order 2", "95 %")
    for name, one in about.items():
        numbers = one["effective_number"], one["hill_2"]
        cells = [cell for value in numbers for cell in (amount(value["value"]), band(value))]
        table.add_row(escape(name), *cells)
    return table


def at_equal_size(equal: dict) -> Table:
    """What depends on size, of as many answers or words of each."""
    title = (
        f"At equal size: {equal['answers']:,} answers each; distinct-n: {equal['words']:,} words"
    )
    headings = ("different", "order 1", "order 2", "distinct-1", "-2", "-3")
    table = table_of(title, "", *headings)
    keys = ("different", "effective_number", "hill_2", "distinct_1", "distinct_2", "distinct_3")
    for name, at in equal["corpora"].items():
        table.add_row(escape(name), *(amount(at[key]) for key in keys))
    return table


def differing(told: dict) -> Table:
    """Two by two, what differs beyond chance."""
    ratio = told["of"] == "effective_number"
    what = "effective number, times" if ratio else "distinct-2, difference"
    pairs = sorted(told["pairs"], key=lambda pair: -abs(pair["value"]))
    rest = f", the largest of {len(pairs)}" if len(pairs) > 2 * SHOWN else ""
    many = f" for all {told['together']} together" if told["together"] > 1 else ""
    title = f"Two by two: {what}, at equal size{rest}"
    table = table_of(title, "", "", f"95 %{many}, over {told['over']}", "")
    for pair in pairs[: 2 * SHOWN]:
        table.add_row(
            escape(f"{pair['a']}, {pair['b']}"),
            amount(pair["value"]),
            band(pair),
            "differs" if pair["differs"] else "may be chance",
        )
    return table


def across_prompts(about: dict) -> Table:
    """Entropies within a prompt and across prompts, and what is due to small numbers."""
    headings = ("prompts", "different", "same", "within", "across", "tells", "chance")
    title = "To a prompt: different answers, the same one, entropies within and across (nats)"
    table = table_of(title, "", *headings)
    for name, one in about.items():
        if "prompts" not in one:
            continue
        found = one["prompts"]
        ends = [found[f"{key}_prompt_entropy"] for key in ("per", "across")]
        within, across = (end["value"] if isinstance(end, dict) else end for end in ends)
        equal = found["same_answer"]
        table.add_row(
            escape(name),
            f"{found['prompts']:,}",
            amount(found["different_a_prompt"]),
            "-" if equal is None else f"{equal:.1%}",
            *map(amount, (within, across, found["prompt_information"], found["by_chance"])),
        )
    return table


def similar(pairs: list[dict]) -> Table:
    """The most alike pairs of corpora."""
    rest = f", the most alike of {len(pairs)}" if len(pairs) > 2 * SHOWN else ""
    headings = ("same", "relative", "answers", "words")
    table = table_of(
        f"Two by two: the same answer, answers and words in common{rest}", "", *headings
    )
    order = sorted(pairs, key=lambda p: (p["relative"] or 0, p["words_in_common"]), reverse=True)
    for pair in order[: 2 * SHOWN]:
        relative = "-" if pair["relative"] is None else f"{pair['relative']:.0%}"
        table.add_row(
            escape(f"{pair['a']}, {pair['b']}"),
            amount(pair["same_answer"]),
            relative,
            f"{pair['answers_in_common']:.1%}",
            f"{pair['words_in_common']:.1%}",
        )
    return table


def by_vectors(about: dict) -> Table:
    """Vendi scores and cosine distances of parts of equal size, the reference last."""
    title = f"By vectors ({about['embedder']}): {about['n']:,} answers each"
    table = table_of(title, "", "Vendi score", "of parts", "cosine distance")
    beside = {"reference": about["reference"]} if about["reference"] else {}
    for name, one in (*about["corpora"].items(), *beside.items()):
        number, distance = one["vendi"], one["cosine_distance"]
        cells = amount(number["value"]), band(number), amount(distance["value"])
        table.add_row(escape(name), *cells)
    return table


def by_meaning(about: dict) -> Table:
    """Classes of equal meaning to a prompt."""
    headings = ("prompts", "classes", "95 %", f"of {about['answers']}", "distinct", "utility")
    title = (
        f"To a prompt: classes of equal meaning ({about['column']}), and NoveltyBench's distinct"
    )
    table = table_of(title, "", *headings)
    for name, one in about["corpora"].items():
        number, utility = one["classes"], one["utility"]
        table.add_row(
            escape(name),
            f"{one['prompts']:,}",
            amount(number["value"]),
            band(number),
            amount(one["at_equal"]),
            amount(one["distinct"]),
            "-" if utility is None else amount(utility["value"]),
        )
    return table

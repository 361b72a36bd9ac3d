"""Tables of several corpora, one line for each."""

from rich.table import Table

from collapse.commands.measure.comparison_sentences import WORDS
from collapse.commands.measure.markdown import change, p_value
from collapse.report.numbers import estimate, interval, number
from collapse.report.tables import add, table

SHOWN = 5  # prompts at either end, and half of the pairs of corpora


def side_by_side(about: dict) -> Table:
    """Counts and entropies of each corpus, at its own size."""
    headings = ("answers", "different", "once", "entropy", "Chao-Shen", "commonest")
    made = table("At their own sizes (entropy in nats)", "", *headings)
    for name, one in about.items():
        corrected = number(one["entropy_chao_shen"]) if one["different"] < one["n"] else "-"
        add(
            made,
            name,
            f"{one['n']:,}",
            f"{one['different']:,}",
            f"{one['singletons']:,}",
            number(one["entropy"]["value"]),
            corrected,
            f"{one['top_shares']['1']:.1%}",
        )
    return made


def effective_numbers(about: dict) -> Table:
    """Hill numbers with their intervals."""
    over = " or ".join(dict.fromkeys(one["intervals_over"] for one in about.values()))
    title = f"Effective numbers, with 95 % intervals over {over}"
    made = table(title, "", "order 1", "95 %", "order 2", "95 %")
    for name, one in about.items():
        both = one["effective_number"], one["hill_2"]
        cells = [cell for value in both for cell in (number(value["value"]), interval(value))]
        add(made, name, *cells)
    return made


def at_equal_size(equal: dict) -> Table:
    """Measures that depend on size, at equal numbers of answers or words."""
    title = (
        f"At equal size: {equal['answers']:,} answers each; distinct-n: {equal['words']:,} words"
    )
    headings = ("different", "order 1", "order 2", "distinct-1", "-2", "-3")
    made = table(title, "", *headings)
    keys = ("different", "effective_number", "hill_2", "distinct_1", "distinct_2", "distinct_3")
    for name, at in equal["corpora"].items():
        add(made, name, *(number(at[key]) for key in keys))
    return made


def differing(tested: dict) -> Table:
    """Pairwise differences, and whether they are significant."""
    ratio = tested["of"] == "effective_number"
    what = "ratio of effective numbers" if ratio else "difference of distinct-2"
    pairs = sorted(tested["pairs"], key=lambda pair: -abs(pair["difference"]["value"]))
    rest = f", the largest of {len(pairs)}" if len(pairs) > 2 * SHOWN else ""
    many = f" for all {tested['together']} together" if tested["together"] > 1 else ""
    title = f"Pairs: {what}, at equal size{rest}"
    made = table(title, "", "", f"95 %{many}, over {tested['over']}", "")
    for pair in pairs[: 2 * SHOWN]:
        add(
            made,
            f"{pair['a']}, {pair['b']}",
            number(pair["difference"]["value"]),
            interval(pair["difference"]),
            "differs" if pair["differs"] else "not significant",
        )
    return made


def compared(found: dict) -> Table:
    """The headline numbers of two corpora, their differences, and which are significant."""
    many = found["answers_a_prompt"]
    at = f", {many} {'answer' if many == 1 else 'answers'} each" if many else ""
    paired = "paired by" if found["paired"] else "not paired, over"
    title = (
        f"{found['first']} (first) and {found['second']} compared ({paired} {found['units']:,} "
        f"{found['over']}{at}; at equal size)"
    )
    p = f"p of {found['together']} ({found['correction']})"
    made = table(title, "", "first", "second", "change", "95 %", p, "")
    for row in found["headlines"]:
        add(
            made,
            WORDS[row["name"]],
            number(row["first"]),
            number(row["second"]),
            change(row),
            interval(row["difference"]),
            p_value(row["p_together"]),
            "differs" if row["differs"] else "not significant",
        )
    return made


def sizes(found: dict) -> Table:
    """The prompts that differences need, by the number of answers to each."""
    what = f"{found['over']} needed, 80 %"
    made = table("Size needed", "", "difference", "answers each", what, "together", "there are")
    for row in found["power"]:
        each = row["by_answers"] or [
            {"answers": found["answers_a_prompt"], "needed": row["needed"]}
        ]
        for i, one in enumerate(each):
            add(
                made,
                "" if i else WORDS[row["name"]],
                "" if i else row["difference"],
                "any number"
                if one["answers"] is None and found["answers_a_prompt"]
                else number(one["answers"]),
                _size(one["needed"]),
                "" if i else _size(row["needed_together"]),
                "" if i else f"{row['now']:,}",
            )
    return made


def _size(many: int | None) -> str:
    return "too many" if many is None else f"{many:,}"


def gates(rows: list[dict]) -> Table:
    """The gates, and which fail."""
    made = table("Gates", "", "", "value", "threshold", "", left=2)
    for row in rows:
        value, passed = estimate(row["value"]), "passes" if row["passed"] else "FAILS"
        add(made, row["gate"], row["corpus"], value, number(row["threshold"]), passed)
    return made


def across_prompts(about: dict) -> Table:
    """Entropies within a prompt and across prompts, and their mutual information."""
    headings = ("prompts", "different", "equal", "within", "across", "information", "by chance")
    title = "Per prompt: different answers, two equal; entropies within and across prompts (nats)"
    made = table(title, "", *headings)
    for name, one in about.items():
        if "prompts" not in one:
            continue
        found = one["prompts"]
        within, across = (found[f"{key}_prompt_entropy"]["value"] for key in ("per", "across"))
        equal = found["same_answer"]
        add(
            made,
            name,
            f"{found['prompts']:,}",
            number(found["different_a_prompt"]),
            number(equal, share=True),
            *map(number, (within, across, found["prompt_information"], found["by_chance"])),
        )
    return made


def similar(pairs: list[dict]) -> Table:
    """The most similar pairs of corpora."""
    rest = f", the most similar of {len(pairs)}" if len(pairs) > 2 * SHOWN else ""
    headings = ("same", "relative", "answers", "words")
    made = table(
        f"Pairs: probability of the same answer, answers and words in common{rest}", "", *headings
    )
    order = sorted(pairs, key=lambda p: (p["relative"] or 0, p["words_in_common"]), reverse=True)
    for pair in order[: 2 * SHOWN]:
        relative = "-" if pair["relative"] is None else f"{pair['relative']:.0%}"
        add(
            made,
            f"{pair['a']}, {pair['b']}",
            number(pair["same_answer"]),
            relative,
            f"{pair['answers_in_common']:.1%}",
            f"{pair['words_in_common']:.1%}",
        )
    return made


def by_vectors(about: dict) -> Table:
    """Vendi scores and cosine distances of parts of equal size, the reference last."""
    title = f"By vectors ({about['embedder']}): {about['n']:,} answers each"
    made = table(title, "", "Vendi score", "of parts", "cosine distance")
    beside = {"reference": about["reference"]} if about["reference"] else {}
    for name, one in (*about["corpora"].items(), *beside.items()):
        score, distance = one["vendi"], one["cosine_distance"]
        cells = number(score["value"]), interval(score), number(distance["value"])
        add(made, name, *cells)
    return made


def by_meaning(about: dict) -> Table:
    """Classes of equal meaning per prompt."""
    headings = ("prompts", "classes", "95 %", f"of {about['answers']}", "distinct", "utility")
    title = f"Per prompt: classes of equal meaning ({about['column']}), and NoveltyBench's distinct"
    made = table(title, "", *headings)
    for name, one in about["corpora"].items():
        classes, utility = one["classes"], one["utility"]
        add(
            made,
            name,
            f"{one['prompts']:,}",
            number(classes["value"]),
            interval(classes),
            number(one["at_equal"]),
            number(one["distinct"]),
            "-" if utility is None else number(utility["value"]),
        )
    return made

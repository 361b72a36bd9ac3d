"""A measurement in the terminal."""

from rich.table import Table

from collapse.commands.measure.comparison_tables import (
    SHOWN,
    across_prompts,
    at_equal_size,
    by_meaning,
    by_vectors,
    compared,
    differing,
    effective_numbers,
    gates,
    side_by_side,
    similar,
    sizes,
)
from collapse.commands.measure.corpus_measures import GROUPS
from collapse.commands.measure.sameness_tables import kinds_of_sameness, models_against_models
from collapse.commands.measure.words import ORDERS
from collapse.report.numbers import CLIPPED, interval, number
from collapse.report.tables import add, saved, short, show, table


def show_measurement(found: dict) -> None:
    """Print the document of a measurement."""
    tables = _tables(found)
    show(*tables)
    cells = [cell for each in tables for column in each.columns for cell in column.cells]
    if any(str(cell).endswith(" *") for cell in cells):
        show(CLIPPED)
    troubles = found["troubles"]
    show([f"Note: {sentence}" for sentence in (*troubles["sentences"], *found["notes"])])
    if troubles["count"]:
        show(f"Lines that could not be measured: {troubles['count']:,}.")
    show(found["verdict"], saved(found))


def _tables(found: dict) -> list[Table]:
    about = found["corpora"]
    if len(about) == 1:
        made = [alone(name, one) for name, one in about.items()]
    else:
        made = [side_by_side(about), effective_numbers(about), at_equal_size(found["equal_size"])]
        if found["comparison"]:
            made += [compared(found["comparison"])]
            made += [sizes(found["comparison"])] if found["comparison"]["power"] else []
        elif found["differences"]:
            made += [differing(found["differences"])]
        made += [across_prompts(about)] if any("prompts" in one for one in about.values()) else []
        made += [similar(found["similarity"])]
        made += models_against_models(found["models"])
    made += [kinds_of_sameness(found["sameness"])]
    for name, one in about.items() if len(about) <= SHOWN else ():
        made += [top(name, one)] if one["different"] < one["n"] else []
        made += [prompts(name, one["by_prompt"])] if "by_prompt" in one else []
    beside = found["reference"]["compared"] if found["reference"] else {}
    made += [against(name, each) for name, each in beside.items()]
    made += [by_meaning(found["classes"])] if found["classes"] else []
    made += [by_vectors(found["embedding"])] if found["embedding"] else []
    made += [gates(found["gates"])] if found["gates"] else []
    return made


def alone(name: str, one: dict) -> Table:
    """All measures of a single corpus, one per line."""
    over = one["intervals_over"]
    made = table(f"{name}: {one['n']:,} answers", "", "value", f"95 %, over {over}")
    repeats = one["different"] < one["n"]
    add(made, "different answers", f"{one['different']:,}", "")
    add(made, "given once", f"{one['singletons']:,}", "")
    add(made, "sample coverage", f"{one['sample_coverage']:.1%}", "")
    add(
        made,
        "entropy, plug-in (nats)",
        number(one["entropy"]["value"], 4),
        interval(one["entropy"]),
    )
    corrected = number(one["entropy_chao_shen"], 4) if repeats else "-"
    add(made, "entropy, Chao-Shen (nats)", corrected, "")
    for key, what in (("effective_number", "effective number"), ("hill_2", "Hill number 2")):
        add(made, what, number(one[key]["value"]), interval(one[key]))
    add(made, "probability that two are equal", number(one["collision"]), "")
    for m, share in one["top_shares"].items():
        if int(m) < one["different"]:
            many = "" if m == "1" else f" {m}"
            add(made, f"share of the commonest{many}", f"{share:.1%}", "")
    for order in ORDERS:
        add(made, f"distinct-{order} (words)", number(one[f"distinct_{order}"]), "")
    if "prompts" in one:
        _add_prompts(made, one["prompts"])
    return made


def _add_prompts(made: Table, prompts: dict) -> None:
    low, high = prompts["answers_a_prompt"]
    times = f"{low}" if low == high else f"{low} to {high}"
    made.add_section()
    add(made, f"prompts, asked {times} times each", f"{prompts['prompts']:,}", "")
    add(made, "different answers to a prompt", number(prompts["different_a_prompt"]), "")
    equal, twice = prompts["same_answer"], prompts["asked_twice"]
    of = "" if twice in (0, prompts["prompts"]) else f", of the {twice:,} asked twice or more"
    what = f"probability that two to a prompt are equal{of}"
    add(made, what, number(equal, share=True), "")
    for key, what in (
        ("per_prompt_entropy", "within a prompt"),
        ("across_prompt_entropy", "across prompts"),
    ):
        value = prompts[key]
        add(made, f"entropy {what} (nats)", number(value["value"], 4), interval(value))
    add(made, "largest possible entropy within (nats)", number(prompts["ceiling"]), "")
    add(made, "information of answer on prompt (nats)", number(prompts["prompt_information"]), "")
    add(made, "the same for shuffled answers (nats)", number(prompts["by_chance"]), "")


def top(name: str, one: dict) -> Table:
    """The commonest answers of a corpus."""
    made = table(f"{name}: the commonest answers", "", "times", "share")
    for answer in one["top"]:
        add(made, short(answer["text"]), f"{answer['count']:,}", f"{answer['share']:.1%}")
    return made


def prompts(name: str, by_prompt: list[dict]) -> Table:
    """The prompts with the least and the most varied answers."""
    order = sorted(by_prompt, key=lambda one: one["effective_number"]["value"])
    ends = order if len(order) <= 2 * SHOWN else order[:SHOWN] + order[-SHOWN:]
    cut = "" if len(ends) == len(order) else f", least and most varied of {len(order)}"
    first = " (the first in the file)" if len(order) == GROUPS else ""
    headings = ("answers", "different", "effective", "95 %", "commonest")
    headings += ("classes",) if "classes" in order[0] else ()
    made = table(f"{name}: by prompt{cut}{first}", "", *headings)
    for i, one in enumerate(ends):
        if cut and i == SHOWN:
            made.add_section()
        add(
            made,
            short(one["prompt"], 70),
            f"{one['n']:,}",
            f"{one['different']:,}",
            number(one["effective_number"]["value"]),
            interval(one["effective_number"]),
            f"{one['top']['share']:.0%}",
            *([f"{one['classes']:,}"] if "classes" in one else []),
        )
    return made


def against(name: str, compared: dict) -> Table:
    """A corpus against the reference, and the reference against itself."""
    m = f"{compared['m']:,} answers each; distinct-n: {compared['words']:,} words"
    made = table(f"{name} and the reference ({m})", "", name, "reference", "its halves, 95 %")
    ours, theirs = compared["sample"], compared["reference"]
    for key, what in (("different", "different answers"), ("effective_number", "effective number")):
        halves = theirs["effective_number_of_halves"]
        floor = interval(halves) if key == "effective_number" else ""
        add(made, what, number(ours[key]), number(theirs[key]), floor)
    for order in ORDERS:
        key = f"distinct_{order}"
        add(made, f"distinct-{order}", number(ours[key]), number(theirs[key]), "")
    for key, what in (
        ("words_in_common", "words in common"),
        ("answers_in_common", "answers in common"),
    ):
        mine, floor = compared["against"][key], compared["floor"][key]
        values = (number(each["value"], share=True) for each in (mine, floor))
        add(made, f"{what} with the reference", *values, interval(floor, share=True))
    mine, floor = (compared[side]["perplexity"] for side in ("against", "floor"))
    values = (number(each["value"]) for each in (mine, floor))
    add(made, "perplexity under the reference", *values, interval(floor))
    add(made, "found verbatim in the reference", f"{compared['copies']:.1%}", "", "")
    return made

"""A measurement in a terminal."""

from rich.markup import escape
from rich.table import Table

from collapse.commands.measure.comparison_tables import (
    SHOWN,
    across_prompts,
    amount,
    at_equal_size,
    band,
    by_meaning,
    by_vectors,
    differing,
    effective_numbers,
    short,
    side_by_side,
    similar,
    table_of,
)
from collapse.commands.measure.corpus_measures import GROUPS
from collapse.commands.measure.words import ORDERS
from collapse.report.console import console


def show(found: dict) -> None:
    """The tables, the notes, the verdict and where the files are, of a plain document."""
    out = console(False)
    about = found["corpora"]
    if len(about) == 1:
        ((name, one),) = about.items()
        out.print(alone(name, one))
    else:
        out.print(side_by_side(about))
        out.print(effective_numbers(about))
        out.print(at_equal_size(found["equal_size"]))
        if found["differences"]:
            out.print(differing(found["differences"]))
        if any("prompts" in one for one in about.values()):
            out.print(across_prompts(about))
        out.print(similar(found["similarity"]))
    for name, one in about.items():
        if len(about) <= SHOWN and one["different"] < one["n"]:
            out.print(top(name, one))
        if "by_prompt" in one and len(about) <= SHOWN:
            out.print(prompts(name, one["by_prompt"]))
    if found["reference"]:
        for name, compared in found["reference"]["compared"].items():
            out.print(against(name, compared))
    if found["classes"]:
        out.print(by_meaning(found["classes"]))
    if found["embedding"]:
        out.print(by_vectors(found["embedding"]))
    for sentence in (*found["troubles"]["sentences"], *found["notes"]):
        out.print(f"Note: {sentence}", markup=False)
    if found["troubles"]["count"]:
        out.print(f"Not measured, for these troubles: {found['troubles']['count']:,} lines.")
    for sentence in found["verdict"]:
        out.print(sentence, markup=False)
    for path in found["written"]:
        out.print(f"Saved: {path}", markup=False)


def alone(name: str, one: dict) -> Table:
    """Everything of a single corpus, a line each."""
    over = one["intervals_over"]
    table = table_of(f"{name}: {one['n']:,} answers", "", "value", f"95 %, over {over}")
    repeats = one["different"] < one["n"]
    table.add_row("different answers", f"{one['different']:,}", "")
    table.add_row("given once", f"{one['singletons']:,}", "")
    table.add_row("chance that the next was given before", f"{one['sample_coverage']:.1%}", "")
    table.add_row(
        "entropy, plug-in (nats)", amount(one["entropy"]["value"], 4), band(one["entropy"])
    )
    corrected = amount(one["entropy_chao_shen"], 4) if repeats else "-"
    table.add_row("entropy, Chao-Shen (nats)", corrected, "")
    for key, what in (("effective_number", "effective number"), ("hill_2", "Hill number 2")):
        table.add_row(what, amount(one[key]["value"]), band(one[key]))
    table.add_row("chance that two are equal", amount(one["collision"]), "")
    for m, share in one["top_shares"].items():
        if int(m) < one["different"]:
            many = "" if m == "1" else f" {m}"
            table.add_row(f"share of the commonest{many}", f"{share:.1%}", "")
    for order in ORDERS:
        table.add_row(f"distinct-{order} (words)", amount(one[f"distinct_{order}"]), "")
    if "prompts" in one:
        _add_prompts(table, one["prompts"])
    return table


def _add_prompts(table: Table, prompts: dict) -> None:
    low, high = prompts["answers_a_prompt"]
    times = f"{low}" if low == high else f"{low} to {high}"
    table.add_section()
    table.add_row(f"prompts, asked {times} times each", f"{prompts['prompts']:,}", "")
    table.add_row("different answers to a prompt", amount(prompts["different_a_prompt"]), "")
    equal, twice = prompts["same_answer"], prompts["asked_twice"]
    of = "" if twice in (0, prompts["prompts"]) else f", of the {twice:,} asked twice or more"
    what = f"chance that two to a prompt are equal{of}"
    table.add_row(what, "-" if equal is None else f"{equal:.1%}", "")
    for key, what in (
        ("per_prompt_entropy", "within a prompt"),
        ("across_prompt_entropy", "across prompts"),
    ):
        value = prompts[key]
        value = value if isinstance(value, dict) else {"value": value, "low": None}
        table.add_row(f"entropy {what} (nats)", amount(value["value"], 4), band(value))
    table.add_row("the most it can be within (nats)", amount(prompts["ceiling"]), "")
    table.add_row(
        "what an answer tells of its prompt (nats)", amount(prompts["prompt_information"]), ""
    )
    table.add_row("the same of shuffled answers (nats)", amount(prompts["by_chance"]), "")


def top(name: str, one: dict) -> Table:
    table = table_of(f"{name}: the commonest answers", "", "times", "share")
    for answer in one["top"]:
        table.add_row(
            escape(short(answer["text"])), f"{answer['count']:,}", f"{answer['share']:.1%}"
        )
    return table


def prompts(name: str, by_prompt: list[dict]) -> Table:
    """The prompts that are answered with least and with most variety."""
    order = sorted(by_prompt, key=lambda one: one["effective_number"]["value"])
    ends = order if len(order) <= 2 * SHOWN else order[:SHOWN] + order[-SHOWN:]
    cut = "" if len(ends) == len(order) else f", least and most varied of {len(order)}"
    first = " (the first in the file)" if len(order) == GROUPS else ""
    headings = ("answers", "different", "effective", "95 %", "commonest")
    headings += ("classes",) if "classes" in order[0] else ()
    table = table_of(f"{name}: by prompt{cut}{first}", "", *headings)
    for i, one in enumerate(ends):
        if cut and i == SHOWN:
            table.add_section()
        table.add_row(
            escape(short(one["prompt"], 70)),
            f"{one['n']:,}",
            f"{one['different']:,}",
            amount(one["effective_number"]["value"]),
            band(one["effective_number"]),
            f"{one['top']['share']:.0%}",
            *([f"{one['classes']:,}"] if "classes" in one else []),
        )
    return table


def against(name: str, compared: dict) -> Table:
    """A corpus beside the reference, and the reference beside itself."""
    m = f"{compared['m']:,} answers each; distinct-n: {compared['words']:,} words"
    table = table_of(f"{name} and the reference ({m})", "", name, "reference", "its halves, 95 %")
    ours, theirs = compared["sample"], compared["reference"]
    for key, what in (("different", "different answers"), ("effective_number", "effective number")):
        floor = ""
        if key == "effective_number":
            low, high = theirs["effective_number_range"]
            floor = f"{amount(low)} .. {amount(high)}"
        table.add_row(what, amount(ours[key]), amount(theirs[key]), floor)
    for order in ORDERS:
        key = f"distinct_{order}"
        table.add_row(f"distinct-{order}", amount(ours[key]), amount(theirs[key]), "")
    for key, what in (
        ("words_in_common", "words in common"),
        ("answers_in_common", "answers in common"),
    ):
        mine, floor = compared["against"][key], compared["floor"][key]
        ends = f"{floor['low']:.1%} .. {floor['high']:.1%}"
        table.add_row(
            f"{what} with the reference", f"{mine['mean']:.1%}", f"{floor['mean']:.1%}", ends
        )
    mine, floor = (compared[side]["perplexity"] for side in ("against", "floor"))
    ends = f"{amount(floor['low'])} .. {amount(floor['high'])}"
    what = "perplexity under the reference"
    table.add_row(what, amount(mine["mean"]), amount(floor["mean"]), ends)
    table.add_row("found in the reference, word for word", f"{compared['copies']:.1%}", "", "")
    return table

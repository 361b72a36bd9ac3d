"""The rollouts of a run in the terminal."""

from rich.table import Table

from collapse.commands.measure.markdown import p_value
from collapse.report.numbers import estimate, interval, number
from collapse.report.tables import add, saved, show, table

SHOWN = 20  # steps


def show_rollouts(found: dict) -> None:
    """Print the document of rollouts."""
    made = [steps(found)]
    if "reason" not in found["ceiling"]:
        made += [ceiling(found["ceiling"], found["by"])]
    if found["support"]:
        made += [support(found["support"])]
        made += [pass_at(found["support"])] if found["support"]["pass_at"] else []
    show(*made)
    troubles = found["troubles"]
    show([f"Note: {sentence}" for sentence in (*troubles["sentences"], *found["notes"])])
    show(found["verdict"], saved(found))


def steps(found: dict) -> Table:
    """Score, entropy and prompts without a gradient, step by step."""
    rows, m = found["steps"], found["answers_a_prompt"]
    count = min(len(rows), SHOWN)
    which = sorted({round(i * (len(rows) - 1) / max(count - 1, 1)) for i in range(count)})
    rest = f", {len(which)} of {len(rows)}" if len(which) < len(rows) else ""
    logged = rows[0]["logged_entropy"] is not None
    of = f": entropy of {m} answers to a prompt (nats)" if m > 1 else ""
    title = f"By {found['by']}{rest}{of}"
    headings = ("answers", "prompts", "score", "entropy", "no gradient", "all right", "all wrong")
    made = table(title, found["by"], *headings, *(["logged entropy"] if logged else []))
    for row in (rows[i] for i in which):
        add(
            made,
            f"{row['step']:g}",
            f"{row['answers']:,}",
            f"{row['prompts']:,}",
            number(row["score"]["value"]),
            number(row["entropy"]["value"]),
            *(_share(x) for x in (row["no_gradient"]["value"], row["all_right"], row["all_wrong"])),
            *([number(row["logged_entropy"])] if logged else []),
        )
    return made


def _share(value: float | None) -> str:
    return number(value, share=True)


def ceiling(found: dict, name: str) -> Table:
    """The fit of the score to the entropy."""
    made = table(f"R = -a e^H + b on the first {found['early']} {name}s", "", "value", "95 %")
    a, b = found["slope"], found["ceiling"]
    add(made, "a", number(found["a"]), interval({**a, "low": -a["high"], "high": -a["low"]}))
    add(made, "b", number(found["b"]), "")
    add(made, "ceiling, b - a (H = 0)", number(b["value"]), interval(b))
    later = found["later"]
    add(made, "error on later ones (RMS)", number(later["rmse"]), "")
    add(made, "score above the line, mean", number(later["bias"]), "")
    add(made, "inside the interval of 95 %", f"{later['inside']} of {later['steps']}", "")
    return made


def support(found: dict) -> Table:
    """What became of prompts and of right answers."""
    title = "Right at the first and the last time that a prompt was asked"
    headings = ("preserved", "lost", "by chance", "gained", "by chance")
    made = table(title, "", *headings)
    for key, what in (("solved", "prompts solved"), ("answers", "different right answers")):
        one = found[key]
        add(
            made,
            what,
            f"{one['preserved']:,}",
            f"{one['lost']:,}",
            number(one["lost_by_chance"]),
            f"{one['gained']:,}",
            number(one["gained_by_chance"]),
        )
    return made


def pass_at(found: dict) -> Table:
    """pass@k of the first and the last time."""
    rows = found["pass_at"]
    title = f"pass@k, first and last time ({found['prompts']:,} prompts, paired)"
    made = table(title, "k", "first", "last", "change", f"p of {len(rows)} (Holm)", "")
    for row in rows:
        add(
            made,
            str(row["k"]),
            number(row["first"]["value"]),
            number(row["last"]["value"]),
            estimate(row["difference"]),
            p_value(row["p_together"]),
            "differs" if row["differs"] else "not significant",
        )
    return made

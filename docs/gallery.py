"""Write docs/gallery.md and its pictures from what ``collapse reproduce`` has kept.

collapse reproduce
collapse reproduce mad-digits --size laptop  # and others that are not run at size quick
python docs/gallery.py reproduced/quick reproduced/laptop

A scenario is shown from the first folder in which it was run.
"""

import ast
import json
import sys
from pathlib import Path

from collapse.numerics.device import start_jax
from collapse.report.figures import draw_run
from collapse.report.numbers import estimate, number
from collapse.report.style import house_style
from collapse.runs.run import load
from collapse.scenario.load import find

DOCS = Path(__file__).parent
DPI = 100
HEAD = """# Gallery

What papers claim, and what comes out here. Each picture is drawn by `collapse figure` of a run that
`collapse reproduce` made, at size `quick` unless the command says another; this page is written by
`python docs/gallery.py reproduced/quick reproduced/laptop`. Verdicts: [how to add a
paper](howto/published.md).
"""


def cell(text: str) -> str:
    """Text that a Markdown table holds as it is."""
    return text.replace("|", "\\|").replace("_", "\\_").replace("*", "\\*").replace("<", "&lt;")


def claims(rows: list[dict]) -> list[str]:
    """The table of a scenario's claims."""
    lines = ["| claim | printed | here | verdict |", "|---|---|---|---|"]
    for row in rows:
        ours = estimate(row["ours"], 3) if "ours" in row else "-"
        cells = f"{row['claim']} ({row['source']})", row["printed"], ours, row["verdict"]
        lines.append(f"| {' | '.join(map(cell, cells))} |")
    notes = dict.fromkeys(row["note"] for row in rows if row["note"])
    differs = dict.fromkeys(row["differs"] for row in rows if row["differs"])
    lines += ["", *(f"Note: {note}.  " for note in notes)]
    return lines + ([f"Settings that differ: {'; '.join(differs)}."] if differs else [])


def said(file: Path) -> tuple[str, str]:
    """The title of a scenario and the paragraph after it, from the docstring of its file."""
    title, *paragraphs = ast.get_docstring(ast.parse(file.read_text())).split("\n\n")
    return title, " ".join(paragraphs[0].split()) if paragraphs else ""


def picture(directory: Path, name: str) -> str:
    """Draw the run of a scenario; the path of the picture from the page."""
    run = load(directory)
    start_jax(run.manifest["layout"]["precision"])
    with house_style():
        figure = draw_run(run)
        place = DOCS / "gallery" / f"{name}.png"
        place.parent.mkdir(exist_ok=True)
        figure.savefig(place, dpi=DPI, metadata={"Software": None})
    return f"gallery/{name}.png"


def section(scenario: dict, rows: list[dict], kept: Path, size: str) -> list[str]:
    """What the page says of a scenario that was run at a size, from the folder that has it."""
    name = scenario["scenario"]
    title, about = said(find(name))
    lines = [f"## {name}", "", f"**{title}.** {about}", ""]
    lines += [f"Papers: {', '.join(scenario['papers'])}.", ""]
    directory = kept / "runs" / Path(scenario["directory"] or name).name
    shipped = find(name).parent.name == "published"  # laws have figures of their own
    if shipped and (directory / "curves.npz").is_file():
        lines += [f"![{title}]({picture(directory, name)})", ""]
    if scenario["seconds"] is None:
        lines += [f"`collapse reproduce {name} --size laptop`, some minutes: not run here.", ""]
    else:
        minutes = number(scenario["seconds"] / 60, 2)
        option = "" if size == "quick" else f" --size {size}"
        lines += [f"`collapse reproduce {name}{option}`, {minutes} min.", ""]
    return lines + claims(rows) + [""]


def main(*folders: Path) -> None:
    """Write the page, with the scenarios of the first folder."""
    documents = {kept: json.loads((kept / "reproduced.json").read_text()) for kept in folders}
    lines = [HEAD]
    for scenario in documents[folders[0]]["scenarios"]:
        name, chosen, kept = scenario["scenario"], scenario, folders[0]
        for folder, document in documents.items():
            if chosen["seconds"] is None:
                found = [one for one in document["scenarios"] if one["scenario"] == name]
                chosen, kept = (found[0], folder) if found else (chosen, kept)
        document = documents[kept]
        rows = [row for row in document["claims"] if row["scenario"] == name]
        lines += section(chosen, rows, kept, document["size"])
    (DOCS / "gallery.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))

"""Write docs/gallery.md and its pictures from what ``collapse reproduce`` has kept.

collapse reproduce
python docs/gallery.py reproduced/quick
"""

import json
import sys
from pathlib import Path

from collapse.numerics.device import start_jax
from collapse.report.figures import draw_run
from collapse.report.numbers import estimate, number
from collapse.report.style import house_style
from collapse.runs.run import load
from collapse.scenario.load import find
from collapse.scenario.scenario import title_of

DOCS = Path(__file__).parent
DPI = 100
HEAD = """# Gallery

What papers claim, and what comes out here. Each picture is drawn by `collapse figure` of a run that
`collapse reproduce` made at size `quick`; this page is written by `python docs/gallery.py
reproduced/quick`. Verdicts: [how to add a paper](howto/published.md).
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


def section(scenario: dict, rows: list[dict], kept: Path) -> list[str]:
    """What the page says of a scenario."""
    name = scenario["scenario"]
    title = title_of(find(name))
    lines = [f"## {name}", "", f"{title}. Papers: {', '.join(scenario['papers'])}.", ""]
    directory = kept / "runs" / Path(scenario["directory"] or name).name
    shipped = find(name).parent.name == "published"  # laws have figures of their own
    if shipped and (directory / "curves.npz").is_file():
        lines += [f"![{title}]({picture(directory, name)})", ""]
    if scenario["seconds"] is None:
        lines += [f"`collapse reproduce {name} --size laptop`, some minutes: not run here.", ""]
    else:
        minutes = number(scenario["seconds"] / 60, 2)
        lines += [f"`collapse reproduce {name}`, {minutes} min.", ""]
    return lines + claims(rows) + [""]


def main(kept: Path) -> None:
    document = json.loads((kept / "reproduced.json").read_text())
    lines = [HEAD]
    for scenario in document["scenarios"]:
        own = [row for row in document["claims"] if row["scenario"] == scenario["scenario"]]
        lines += section(scenario, own, kept)
    (DOCS / "gallery.md").write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

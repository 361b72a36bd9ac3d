"""``collapse list``: scenarios and parts by name, without importing them."""

from collapse.errors import UserError
from collapse.scenario.registry import KINDS, installed_judges, parts
from collapse.scenario.scenario import scenario_files, title_of
from collapse.suggest import unknown


def listed(kind: str | None = None) -> list[dict[str, str]]:
    """Kind, name and description of all scenarios and parts, or of one kind."""
    rows = [
        {"kind": "scenario", "name": name, "about": title_of(path)}
        for name, path in scenario_files().items()
    ]
    rows += [{"kind": p.kind, "name": p.name, "about": p.about} for p in parts()]
    rows += [
        {"kind": "judge", "name": name, "about": f"installed: {offer.value}"}
        for name, offer in installed_judges().items()
    ]
    order = ["scenario", *KINDS]
    rows.sort(key=lambda row: order.index(row["kind"]))
    if kind is None:
        return rows
    singular = kind.lower().removesuffix("s")
    if singular not in order:
        raise UserError(unknown("kind of part", kind, [f"{name}s" for name in order]))
    return [row for row in rows if row["kind"] == singular]


def text(rows: list[dict[str, str]]) -> str:
    """The rows in columns, grouped by kind."""
    width = max(len(row["name"]) for row in rows)
    lines, last = [], None
    for row in rows:
        if row["kind"] != last:
            last = row["kind"]
            lines += ["", f"{last}s"]
        lines.append(f"  {row['name']:<{width}}  {row['about']}")
    return "\n".join(lines[1:])

"""``collapse list``: everything that can be named, without importing any of it."""

from collapse.errors import UserError
from collapse.scenario.registry import KINDS, installed_judges, parts
from collapse.scenario.scenario import scenario_files, title_of
from collapse.suggest import unknown


def rows(kind: str | None = None) -> list[dict[str, str]]:
    """Kind, name and description of every scenario and part, or of those of one kind."""
    found = [
        {"kind": "scenario", "name": name, "about": title_of(path)}
        for name, path in scenario_files().items()
    ]
    found += [{"kind": p.kind, "name": p.name, "about": p.about} for p in parts()]
    found += [
        {"kind": "judge", "name": name, "about": f"installed: {offer.value}"}
        for name, offer in installed_judges().items()
    ]
    order = ["scenario", *KINDS]
    found.sort(key=lambda row: order.index(row["kind"]))  # of one kind in the order of the list
    if kind is None:
        return found
    singular = kind.lower().removesuffix("s")
    if singular not in order:
        raise UserError(unknown("kind of part", kind, [f"{name}s" for name in order]))
    return [row for row in found if row["kind"] == singular]


def text(found: list[dict[str, str]]) -> str:
    """The rows in columns, by kind."""
    width = max(len(row["name"]) for row in found)
    lines, last = [], None
    for row in found:
        if row["kind"] != last:
            last = row["kind"]
            lines += ["", f"{last}s"]
        lines.append(f"  {row['name']:<{width}}  {row['about']}")
    return "\n".join(lines[1:])

"""Draw the packages of ``collapse`` and what imports what, from the source: architecture.svg.

    python docs/draw_architecture.py

A box is a package of ``collapse/`` with the first sentence of its docstring; the loose modules are
one box, which any package may import. An arrow is an import, wherever in a file it stands (those
for type checkers alone do not count). A package stands above all that it imports. An arrow that
follows from others on the page is left out; one that points upwards, against the rest, is red.
"""

import ast
import textwrap
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "collapse"
LOOSE = "loose modules"
WIDTH, HEIGHT, NARROW = 214, 52, 8  # of a box, and of an arrow that passes boxes; pixels
GAP, DROP = 18, 34  # between boxes, between rows


def room(name: str) -> str:
    """The package of a name below ``collapse``, or ``LOOSE``."""
    return name if (PACKAGE / name).is_dir() else LOOSE


def rooms() -> dict[str, str]:
    """Package: what it says of itself."""
    found = {}
    for path in sorted(PACKAGE.glob("*/__init__.py")):
        lines = (ast.get_docstring(ast.parse(path.read_text())) or "").splitlines()
        found[path.parent.name] = lines[0] if lines else ""
    loose = sorted(p.stem for p in PACKAGE.glob("*.py") if not p.stem.startswith("__"))
    return found | {LOOSE: ", ".join(loose)}


def imported(path: Path) -> set[tuple[str, bool]]:
    """The names below ``collapse`` that a file imports, and whether when it is imported itself."""
    tree = ast.parse(path.read_text())
    typing = {
        node
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    found = set()
    for node in set(ast.walk(tree)) - typing:
        names = []
        if isinstance(node, ast.ImportFrom) and node.module == "collapse":
            names = [f"collapse.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        parts = [name.split(".") for name in names]
        found |= {
            (part[1], node in tree.body) for part in parts if part[0] == "collapse" and part[1:]
        }
    return found


def arrows() -> dict[tuple[str, str], bool]:
    """(from, to): whether it is there at import time, for all packages and the loose modules."""
    found: dict[tuple[str, str], bool] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        top = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if top.startswith("__"):
            continue  # collapse/__init__.py re-exports; __main__.py starts the command line
        for name, early in imported(path):
            pair = room(top), room(name)
            if pair[0] != pair[1]:
                found[pair] = found.get(pair, False) or early
    return found


def reachable(pairs: set[tuple[str, str]], start: str) -> set[str]:
    """All that ``start`` imports, itself or through others."""
    found: set[str] = set()
    ahead = [start]
    while ahead:
        new = {b for a, b in pairs if a == ahead[-1]} - found
        ahead.pop()
        found |= new
        ahead += new
    return found


def downward(pairs: dict[tuple[str, str], bool]) -> set[tuple[str, str]]:
    """The arrows that point down: all those of import time, which have no cycle, and of those
    inside functions all that close none."""
    found = {pair for pair, early in pairs.items() if early}
    for a, b in sorted(set(pairs) - found):
        if a not in reachable(found, b):
            found.add((a, b))
    return found


def rows(down: set[tuple[str, str]]) -> dict[str, int]:
    """Package: its row, 0 at the top, one below the lowest of those that import it; the loose
    modules, and packages without an arrow, are at the bottom."""

    @cache
    def row(name: str) -> int:
        return 1 + max((row(a) for a, b in down if b == name), default=-1)

    joined = {name for pair in down for name in pair}
    bottom = max(row(name) for name in joined - {LOOSE})
    return {name: row(name) if name in joined else bottom for name in rooms()} | {LOOSE: bottom + 1}


def drawn(pairs: dict[tuple[str, str], bool]) -> set[tuple[str, str]]:
    """Arrows that do not follow from others: a to c is left out where a to b and b to c are in."""
    down = downward(pairs)
    implied = {(a, c) for a, b in down for c in reachable(down, b)}
    return set(pairs) - (implied & down)


def layout(row: dict[str, int], shown: set[tuple[str, str]]) -> tuple[dict, dict]:
    """The left edge of each box, and for each arrow the x at which it passes each row on its way.

    A row is packed about the middle, in an order that keeps neighbours near (the barycentre
    heuristic of Sugiyama, Tagawa and Toda 1981); a passing arrow takes a narrow place of its own.
    """
    paths = {}
    for a, b in sorted(shown):
        step = 1 if row[b] > row[a] else -1
        between = range(row[a] + step, row[b], step)
        paths[a, b] = [(a, row[a]), *((f"{a}>{b}", i) for i in between), (b, row[b])]
    places = {(name, i) for name, i in row.items()} | {p for path in paths.values() for p in path}
    lines = [sorted(p for p in places if p[1] == i) for i in range(max(row.values()) + 1)]
    links = [link for path in paths.values() for link in pairwise(path)]
    near = {p: [b for a, b in links if a == p] + [a for a, b in links if b == p] for p in places}
    x: dict[tuple[str, int], float] = {}

    def lay(line: list[tuple[str, int]]) -> None:
        sizes = [WIDTH if ">" not in name else NARROW for name, _ in line]
        left = -(sum(sizes) + GAP * (len(line) - 1)) / 2
        for place, size in zip(line, sizes, strict=True):
            x[place] = left + size / 2
            left += size + GAP

    for line in lines:
        lay(line)
    for line in [*lines, *reversed(lines)] * 8:
        line.sort(key=lambda p: (sum(x[q] for q in near[p]) / max(1, len(near[p])), p))
        lay(line)
    left = min(at - WIDTH / 2 for at in x.values()) - GAP
    boxes = {name: x[name, i] - left - WIDTH / 2 for name, i in row.items()}
    return boxes, {pair: [x[p] - left for p in path] for pair, path in paths.items()}


def svg() -> str:
    """The drawing as SVG text."""
    about, pairs = rooms(), arrows()
    down, shown = downward(pairs), {(a, b) for a, b in drawn(pairs) if b != LOOSE}
    row = rows(down)
    boxes, paths = layout(row, shown)
    width = max(boxes.values()) + WIDTH + GAP
    height = GAP + (max(row.values()) + 1) * (HEIGHT + DROP)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif">',
        "<title>The packages of collapse: arrows point to what is imported</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for colour in ("gray", "red"):
        out.append(
            f'<marker id="{colour}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="{colour}"/></marker>'
        )
    top = {name: GAP + i * (HEIGHT + DROP) for name, i in row.items()}
    for a, b in sorted(shown):
        colour, sign = ("gray", 1) if (a, b) in down else ("red", -1)
        xs = paths[a, b]
        y = top[a] + (HEIGHT if sign > 0 else 0)
        curve = f"M{xs[0]:.0f} {y}"
        for i, (x1, x2) in enumerate(pairwise(xs)):
            if i:
                curve += f" V{y + sign * HEIGHT}"
                y += sign * HEIGHT
            half, y = y + sign * DROP / 2, y + sign * DROP
            curve += f" C{x1:.0f} {half:.0f} {x2:.0f} {half:.0f} {x2:.0f} {y}"
        out.append(
            f'<path data-from="{a}" data-to="{b}" d="{curve}" fill="none" stroke="{colour}" '
            f'stroke-width="1.2" marker-end="url(#{colour})"/>'
        )
    for name, x in boxes.items():
        size, at = WIDTH, x
        if name == LOOSE:
            size, at = width - 2 * GAP, GAP
        out.append(
            f'<rect data-room="{name}" x="{at:.0f}" y="{top[name]}" width="{size:.0f}" '
            f'height="{HEIGHT}" rx="6" fill="#eef3fa" stroke="#4a6fa5"/>'
            f'<text x="{at + size / 2:.0f}" y="{top[name] + 16}" text-anchor="middle" '
            f'font-size="14" font-weight="bold">{name}</text>'
        )
        letters = round(size / 6.2)
        sentence = about[name].split(". ")[0].rstrip(".")
        text = textwrap.shorten(sentence, 2 * letters - 4, placeholder=" ...")
        for i, line in enumerate(textwrap.wrap(text, letters)):
            out.append(
                f'<text x="{at + size / 2:.0f}" y="{top[name] + 31 + 13 * i}" '
                f'text-anchor="middle" font-size="11" fill="#333">{escape(line)}</text>'
            )
    return "\n".join([*out, "</svg>"]) + "\n"


if __name__ == "__main__":
    (ROOT / "docs" / "architecture.svg").write_text(svg())

"""The drawing and the page of the architecture show the packages and imports that there are."""

import importlib.util
import re

from tests.shared import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "architecture.md").read_text()
DRAWING = (DOCS / "architecture.svg").read_text()
LOOSE = "loose modules"


def drawing():
    spec = importlib.util.spec_from_file_location("drawing", DOCS / "draw_architecture.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def packages() -> set[str]:
    return {path.parent.name for path in (ROOT / "collapse").glob("*/__init__.py")}


def imports() -> set[tuple[str, str]]:
    """(package, imported package), read line by line: an oracle that parses nothing."""
    found = set()
    for package in packages():
        for path in (ROOT / "collapse" / package).rglob("*.py"):
            text = re.sub(r"if TYPE_CHECKING:.*\n(?:    .*\n|\n(?=    ))+", "", path.read_text())
            for name in re.findall(r"^ *(?:from|import) collapse\.(\w+)", text, re.MULTILINE):
                found.add((package, name))
            for names in re.findall(r"^ *from collapse import (.+)", text, re.MULTILINE):
                found |= {(package, name.strip()) for name in names.split(",")}
    return {(a, b) for a, b in found if a != b and b in packages()}


def test_the_drawing_has_the_packages_and_the_imports_of_the_code():
    assert set(re.findall(r'data-room="([^"]+)"', DRAWING)) == packages() | {LOOSE}
    arrows = set(re.findall(r'data-from="(\w+)" data-to="(\w+)"', DRAWING))
    again = "out of date: python docs/draw_architecture.py"
    assert arrows <= imports(), again
    reach = {name: {b for a, b in arrows if a == name} for name in packages()}
    for _ in packages():
        reach = {a: bs.union(*(reach[b] for b in bs)) for a, bs in reach.items()}
    assert {(a, b) for a, b in imports() if b not in reach[a]} == set(), again
    for a, b in arrows:  # nothing that follows from others is drawn
        assert not any(b in reach[c] for x, c in arrows if x == a and c != b), (a, b)


def test_the_drawing_is_one_page_and_all_its_arrows_point_down():
    width, height = map(int, re.search(r'width="(\d+)" height="(\d+)"', DRAWING).groups())
    assert 1 <= height / width <= 1.42  # A4 or Letter, upright
    assert 'stroke="red"' not in DRAWING


def test_no_sentence_of_the_drawing_is_cut():
    assert " ..." not in DRAWING


def test_an_import_against_the_others_would_be_drawn_as_such():
    module = drawing()
    pairs = {("a", "b"): True, ("b", "c"): True, ("a", "c"): True, ("c", "a"): False}
    assert module.downward(pairs) == {("a", "b"), ("b", "c"), ("a", "c")}
    assert module.drawn(pairs) == {("a", "b"), ("b", "c"), ("c", "a")}


def test_the_page_has_a_row_for_every_package_and_names_files_that_are_there():
    table = PAGE[PAGE.index("## Packages") : PAGE.index("## Four walks")]
    first = " ".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`", first)) == packages()
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", PAGE)
    assert len(named) > 20
    roots = (ROOT, ROOT / "collapse")
    assert [x for x in named if not any((root / x).is_file() for root in roots)] == []
    loose = {path.stem for path in (ROOT / "collapse").glob("[a-z]*.py")}
    assert loose <= set(re.findall(r"`(\w+)`", PAGE))

"""The table of formats in docs/measure.md is the one of the code.

    python -m tests.docs.test_formats

writes it anew.
"""

from collapse.files.recognise import table
from tests.shared import ROOT

PAGE = ROOT / "docs" / "measure.md"
MARKS = ("<!-- formats -->\n", "<!-- end of formats -->\n")


def page_with(text: str) -> str:
    before, rest = text.split(MARKS[0])
    return before + MARKS[0] + "\n" + table() + "\n" + MARKS[1] + rest.split(MARKS[1])[1]


def test_the_table_of_formats_is_current():
    text = PAGE.read_text()
    assert text == page_with(text), "run: python -m tests.docs.test_formats"


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text()))

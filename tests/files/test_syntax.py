"""JSON, JSONL and delimited text in all their shapes, and encodings."""

import json
from math import log

import pytest

from collapse.errors import UserError
from collapse.files.read import read_items
from tests.files.reading import SEVEN, SEVEN_ENTROPY, facts, lines, tally_of

RECORDS = [{"prompt": f"p{i % 3}", "response": text} for i, text in enumerate(SEVEN)]
RIGHT = (30, 7, SEVEN_ENTROPY, None)


def table(mark: str, end: str = "\n") -> str:
    rows = [mark.join(("prompt", "response"))]
    return end.join(rows + [mark.join(record.values()) for record in RECORDS]) + end


SHAPES = {
    "list": json.dumps(RECORDS),
    "list, pretty": json.dumps(RECORDS, indent=2),
    "list under a name": json.dumps({"data": RECORDS}),
    "list deep inside": json.dumps({"meta": {"n": 3}, "out": {"rows": RECORDS}}, indent=1),
    "one record a line": lines(RECORDS),
    "one after the other, pretty": "\n".join(json.dumps(one, indent=2) for one in RECORDS),
    "blank lines between": lines(RECORDS).replace("\n", "\n\n"),
    "carriage returns": lines(RECORDS).replace("\n", "\r"),
    "DOS": lines(RECORDS).replace("\n", "\r\n"),
    "byte order mark": "\ufeff" + lines(RECORDS),
    "no end of line": lines(RECORDS).rstrip("\n"),
}


@pytest.mark.parametrize("name", ["a.json", "a.jsonl", "a.ndjson", "a", "a.txt", "a.log"])
@pytest.mark.parametrize("shape", SHAPES)
def test_json_is_known_by_its_content(write, name, shape):
    path = write(name, SHAPES[shape])
    assert facts(path) == RIGHT
    assert len(read_items(path).items) == 30


NAMED = [(name, mark) for name in ("a.csv", "a", "a.txt") for mark in ",\t;|"] + [("a.tsv", "\t")]


@pytest.mark.parametrize(("name", "mark"), NAMED)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiters_are_sniffed_and_told(write, name, mark, end):
    path = write(name, table(mark, end))
    assert facts(path) == RIGHT
    names = {",": "", "\t": "tabs", ";": "semicolons", "|": "vertical bars"}
    told = [note for note in tally_of(path).notes if "separated by" in note and "cells" in note]
    assert told == ([f"The cells are separated by {names[mark]}."] if names[mark] else [])


def test_commas_in_text_are_no_delimiter(write):
    rows = "".join(f'{i};"Well, yes; {i % 2}, or no"\n' for i in range(9))
    assert facts(write("a.csv", f"id;text\n{rows}"))[:2] == (9, 2)
    plain = "".join(f"Well, {i % 3}; yes\n" for i in range(9))
    assert facts(write("a.txt", plain))[:2] == (9, 3)


def test_line_ends_in_quotes(write):
    content = 'prompt,response\n"p\nq","one\ntwo, ""three"""\np,"one two, ""three"""\n'
    assert facts(write("a.csv", content))[:2] == (2, 1)
    assert read_items(write("a.csv", content)).items[0] == 'one\ntwo, "three"'


@pytest.mark.parametrize(
    "cell",
    [
        '"[""Blue it is."", ""Red."", ""Blue it is.""]"',
        "\"['Blue it is.', 'Red.', 'Blue it is.']\"",
        "\"['Blue it is.' 'Red.'\n 'Blue it is.']\"",
    ],
    ids=["JSON", "Python", "NumPy"],
)
def test_lists_in_cells(write, cell):
    path = write("a.csv", "prompt,responses\n" + "".join(f"p{i},{cell}\n" for i in range(10)))
    entropy = round(-(2 / 3 * log(2 / 3) + 1 / 3 * log(1 / 3)), 4)
    assert facts(path) == (30, 2, entropy, 10)
    told = "The cells of the column responses hold lists or objects, and are read as such."
    assert told in tally_of(path).notes


def test_chats_in_cells(write):
    cell = json.dumps([{"role": "user", "content": "q"}, {"role": "assistant", "content": "yes"}])
    quoted = cell.replace('"', '""')
    assert facts(write("a.csv", "id,messages\n" + f'1,"{quoted}"\n' * 3)) == (3, 1, 0.0, 1)


def test_brackets_in_text_are_no_lists(write):
    assert facts(write("a.csv", 'id,text\n1,[sic] yes\n2,"[1, 2]"\n3,[sic] yes\n'))[:2] == (3, 2)
    code = "__import__('os').system('false')"
    assert facts(write("a.csv", f'id,text\n1,"[{code}]"\n2,"[{code}]"\n'))[:2] == (2, 1)


def test_a_header_that_comes_again_is_left_out_and_told(write):
    part = "id,response\n" + "1,yes\n2,no\n" * 3
    path = write("a.csv", part * 2)
    assert facts(path) == (12, 2, round(log(2), 4), None)
    assert "The header comes again 1 time, and is left out." in tally_of(path).notes
    assert len(read_items(path).items) == 12


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.txt"])
def test_encodings(write, encoding, name):
    content = {"a.csv": table(","), "a.jsonl": lines(RECORDS), "a.txt": "\n".join(SEVEN)}[name]
    path = write(name, content.replace("is", "\u00efs").encode(encoding))
    assert facts(path)[:3] == RIGHT[:3]
    assert len(read_items(path).items) == 30
    (about,) = tally_of(path).reads
    assert about.encoding == encoding.upper().replace("-SIG", "")[:6].rstrip("-")


def test_utf_16_without_a_mark_that_cannot_be_told_is_refused_by_name(write):
    path = write("a.txt", "\u732b\u304c\u0100\u0000\u732b".encode("utf-16-le") * 9)
    with pytest.raises(UserError, match="iconv -f utf-16le"):
        tally_of(path)


def test_latin_1_is_named_with_its_line_and_the_remedy(write):
    path = write(
        "a.jsonl", lines(RECORDS[:2]).encode() + '{"response": "caf\xe9"}\n'.encode("latin1")
    )
    (told,) = tally_of(path).troubles.sentences()
    assert "a.jsonl, line 3: it is not UTF-8 (the byte 0xe9 after 17 characters)" in told
    assert "iconv -f latin1 -t utf-8" in told


def test_null_and_nan_are_left_out_and_told(write):
    rows = [
        f'{{"response": {"NaN" if i % 3 == 0 else json.dumps(f"good {i}")}}}' for i in range(30)
    ]
    path = write("nan.jsonl", "\n".join(rows))
    assert facts(path)[:2] == (20, 20)
    assert "Left out: null answers (10). --include keeps them." in tally_of(path).notes


def test_a_null_in_a_list_drops_itself_alone(write):
    rows = [
        {
            "prompt": f"p{i}",
            "generations": ["yes it is", "no", None if i % 2 else "maybe", "yes it is"],
        }
        for i in range(10)
    ]
    n, different, entropy, prompts = facts(write("a.jsonl", lines(rows)))
    p = [20 / 35, 10 / 35, 5 / 35]
    assert (n, different, prompts) == (35, 3, 10)
    assert entropy == round(-sum(x * log(x) for x in p), 4)


def test_an_object_with_several_lists_is_refused_by_their_names(write):
    path = write("a.json", json.dumps({"train": [{"a": "x"}], "test": [{"a": "y"}]}))
    with pytest.raises(UserError, match="inside it several: train, test"):
        tally_of(path)


def test_nulls_among_texts_and_numbers_alone(write):
    path = write("a.json", '["a", null, "a", "b"]')
    assert facts(path)[:2] == (3, 2)
    assert "Left out: null answers (1). --include keeps them." in tally_of(path).notes
    assert facts(write("b.txt", "[42]\n"))[:2] == (1, 1)  # text, as it has no records

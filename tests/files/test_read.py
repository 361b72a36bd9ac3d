"""Files to items: the counts of the real files, the guesses, and every mistake a user can make."""

import gzip
import hashlib
import json

import pytest

from collapse.errors import UserError
from collapse.files.read import read_items
from tests.files.reading import tally_of
from tests.shared import shared

FORTUNES = {
    "computers": 1066,
    "definitions": 1203,
    "fortunes": 431,
    "miscellaneous": 644,
    "people": 1247,
    "platitudes": 496,
    "riddles": 127,
    "science": 623,
    "wisdom": 427,
    "work": 626,
}
# path, kind, unit, field, items, distinct items: all guessed, but the fields of ASKED
ASKED = {"official_joke_api.json": "setup", "curated_prompts.jsonl": "prompt"}
REAL = [
    ("text/jokes/reddit-cleanjokes.csv", "csv", None, "Joke", 1622, 1611),
    ("text/jokes/official_joke_api.json", "json", None, "setup", 451, 445),
    ("text/jokes/yesinteractive_dadjokes.txt", "text", "line", None, 530, 459),
    ("text/tinyshakespeare.txt", "text", "blob", None, 1, 1),
    ("text/names.txt", "text", "line", None, 32033, 29494),
    ("text/wikitext-2/valid.txt", "text", "blob", None, 1, 1),
    ("text/wikitext-2/train_sampled.txt.gz", "text", "blob", None, 1, 1),
    ("text/tinystories/tinystories_1000.json", "json", None, None, 1000, 1000),
    ("llm_outputs/jokegpt/jokes_clean.txt", "text", "line", None, 1011, 118),
    ("llm_outputs/jokegpt/responses.jsonl", "jsonl", None, "message", 1002, 348),
    ("llm_outputs/noveltybench/curated_prompts.jsonl", "jsonl", None, "prompt", 100, 100),
    *[(f"text/fortunes/{n}.txt", "text", "fortune", None, c, c) for n, c in FORTUNES.items()],
]


CURATED = "llm_outputs/noveltybench/curated_prompts.jsonl"


def mistake(path, **settings):
    with pytest.raises(UserError) as caught:
        read_items(path, **settings)
    return caught.value.sentences


@pytest.mark.data
@pytest.mark.parametrize(
    ("path", "kind", "unit", "field", "items", "distinct"), REAL, ids=[row[0] for row in REAL]
)
def test_real_files_are_guessed_and_counted(path, kind, unit, field, items, distinct):
    asked = ASKED.get(path.rpartition("/")[2])
    reading = read_items(shared(path), field=asked)
    assert (reading.kind, reading.unit, reading.field) == (kind, unit, field)
    assert (len(reading.items), len(set(reading.items))) == (items, distinct)
    if path.endswith("tinystories_1000.json") or asked:
        assert reading.guesses == []
    elif kind == "text":
        assert [guess.split(":")[0] for guess in reading.guesses] == ["unit"]
    else:
        assert reading.guesses == [f"The answers are in the column {field}."]


@pytest.mark.data
@pytest.mark.parametrize("name", ["text/jokes/official_joke_api.json", CURATED])
def test_files_with_several_columns_of_text_are_refused_with_examples(name):
    (told,) = mistake(shared(name))
    assert "has several columns of text" in told
    assert "--field " in told


@pytest.mark.data
def test_facts_of_the_real_files():
    play = read_items(shared("text/tinyshakespeare.txt"))
    assert (len(play.items[0]), len(set(play.items[0]))) == (1_115_394, 65)
    assert play.sha256.startswith("86c4e6aa9db7")
    jokes = read_items(shared("text/jokes/official_joke_api.json"), field="setup,punchline")
    assert (len(jokes.items), len(set(jokes.items)), jokes.guesses) == (451, 447, [])
    names = read_items(shared("text/names.txt")).items
    assert sum(map(len, names)) == 196_113
    assert (min(map(len, names)), max(map(len, names))) == (2, 15)
    stories = read_items(shared("text/tinystories/tinystories_1000.json")).items
    assert sum(story.startswith("Once upon a time") for story in stories) == 543


def test_gzip_is_known_by_its_bytes(write):
    packed = gzip.compress(b"text\nhello you\n")
    for name in ("a.csv.gz", "a.csv"):
        reading = read_items(write(name, packed))
        assert (reading.kind, reading.items) == ("csv", ["hello you"])
    assert reading.sha256 == hashlib.sha256(packed).hexdigest()
    assert read_items(write("plain.gz", "one\ntwo\n")).items == ["one", "two"]


def test_units_of_plain_text(write):
    lines = write("a.txt", "\n one \ntwo\n")
    assert read_items(lines).items == ["one", "two"]
    assert "0%" in read_items(lines).guesses[0]
    assert read_items(lines, unit="blob").items == ["\n one \ntwo\n"]
    fortunes = read_items(write("b.txt", "a\n b\n%\n%\nc 5%\n%\n"))
    assert (fortunes.unit, fortunes.items) == ("fortune", ["a\n b", "c 5%"])
    assert fortunes.guesses == ["unit: fortune (lines holding only %)"]
    assert read_items(write("c.txt", "a\n\nb\nc\n")).unit == "blob"
    assert read_items(write("d.txt", b"\xef\xbb\xbfa\r\nb\r\n")).items == ["a", "b"]


def test_kind_is_guessed_by_content(write):
    assert read_items(write("a", '["x", "y"]')).kind == "json"
    objects = read_items(write("b.txt", '{"t": "x y"}\n\n{"t": "z"}\n'))
    assert (objects.kind, objects.items) == ("jsonl", ["x y", "z"])
    assert read_items(write("c.txt", "[1] is a note\n{x}\n")).kind == "text"


def test_fields_of_records(write):
    rows = [{"id": "a", "x": "long text", "y": None}, {"id": "b", "x": "more text", "y": "z"}]
    path = write("a.json", json.dumps(rows))
    assert "--field x (long text), --field y (z)" in mistake(path)[0]
    assert read_items(path, field="x").items == ["long text", "more text"]
    assert read_items(path, field="x, y").items == ["long text", "more text z"]
    assert read_items(path, field="y").items == ["z"]
    half = read_items(write("b.json", '["cut \\ud83d", "\\ud83d\\ude00"]'))
    assert half.items == ["cut \ufffd", "\U0001f600"]


def test_csv_shapes(write):
    assert read_items(write("a.csv", 'joke\n"one\ntwo"\n\nthree\n')).items == ["one\ntwo", "three"]
    bare = read_items(write("b.csv", "39,State-gov\n50,Private\n"))
    assert (bare.field, bare.items) == ("2", ["State-gov", "Private"])
    assert "there is no header: columns are called 1, 2" in bare.guesses[1]
    assert len(read_items(write("c.csv", "Why did the hen go?\nTo get there.\n")).items) == 2
    assert read_items(write("d.csv", ",n,t\n0,12345678,ab\n1,12345678,cd\n")).field == "t"
    assert read_items(write("e.csv", "n,t\n1,ab\n2,cd,\n"), field="n").items == ["1", "2"]


def test_missing_files_and_folders(write, tmp_path):
    write("names.txt", "a")
    (told,) = mistake(tmp_path / "nams.txt")
    assert "There is no file" in told
    assert "did you mean names.txt?" in told
    (told,) = mistake(tmp_path / "none" / "x.txt")
    assert "there is no folder" in told
    assert read_items(tmp_path).items == ["a"]
    write("names.png", "a")
    (tmp_path / "names.txt").unlink()
    (told,) = mistake(tmp_path)
    assert "holds no file of answers, only names.png" in told


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.txt", b"", "is empty"),
        ("a.txt", b" \n\n", "is empty"),
        ("a.txt", b"%\n%\n", "holds no text"),
        ("a.txt", b"abc\xff\n", "0xff at byte offset 3"),
        ("a.txt", gzip.compress(b"ab\xe9\n", mtime=0), "byte offset 2 of the unpacked text"),
        ("a.txt", b"\0\1\0\2", "zero bytes"),
        (
            "a.gz",
            gzip.compress(b"a\nb\n" * 99, mtime=0)[:-9],
            "damaged or truncated compressed file",
        ),
        (
            "a.gz",
            gzip.compress(b"a\nb\n" * 99, mtime=0)[:-8] + b"12345678",
            "damaged or truncated compressed file",
        ),
        ("a.json", b'["a",\n"b" "c"]', "line 2, column 5"),
        ("a.json", b'{"a": [{"b": 1}], "c": [{"d": 2}]}', "holds an object at its top level"),
        ("a.json", b"[]", "holds no records"),
        ("a.json", b"[1, 2]", "item 1: it is a number"),
        ("a.json", b'[{"a": 1}, {"a": 2}]', "has no column of text, only a (a number)"),
        ("a.csv", b"a,b\n", "holds no records"),
        ("a.csv", b'a,b\n1,"x\n', "line 2: broken CSV"),
        ("a.csv", b"id,joke\n1,well, yes\n", "line 2: 3 cells where the header has 2"),
        ("a.csv", b"n,m\n1,2\n", "has no column of text, only n (a number), m (a number)"),
    ],
)
def test_bad_files_are_told(write, name, content, told):
    (sentence,) = [said for said in mistake(write(name, content)) if told in said]
    assert name in sentence


def test_bad_fields_and_units_are_told(write):
    table = write("a.csv", "ID,Joke\n1,ha ha\n")
    (told,) = mistake(table, field="Jok")
    assert "did you mean Joke?" in told
    assert "choose from: ID, Joke" in told
    assert len(mistake(table, field="Jok,IDD")) == 2
    assert "Leave out the unit 'line'" in mistake(table, unit="line")[0]
    objects = write("a.jsonl", '{"t": "x", "n": "y"}\n{"t": "x", "n": 3}\n')
    assert read_items(objects, field="n").items == ["y", "3"]
    assert "bare strings" in mistake(write("b.json", '["a"]'), field="t")[0]
    assert "which has no fields" in mistake(write("a.txt", "a\nb"), field="t")[0]
    assert "did you mean fortune?" in mistake(write("a.txt", "a\nb"), unit="fortunes")[0]


def test_several_mistakes_are_told_at_once(write, tmp_path):
    unit, file = mistake(tmp_path / "none.txt", unit="lines")
    assert "did you mean line?" in unit
    assert "There is no file" in file
    assert len(mistake(write("a.txt", "a\nb"), unit="lines", field="t")) == 2
    broken = mistake(write("a.jsonl", "{\n" * 5))
    assert [said for said in broken if said.endswith("a.jsonl: 2 more such lines.")]


def test_broken_rows_are_told_and_the_rest_is_read(write):
    reading = read_items(write("a.jsonl", '"a"\n"b\n'))
    assert reading.items == ["a"]
    assert "a.jsonl, line 2: broken JSON at column 1" in reading.guesses[-1]
    reading = read_items(write("b.json", '["a", {"b": "c"}]'))
    assert reading.items == ["c"]
    assert "item 1: it is a bare text, but other records have columns" in reading.guesses[-1]


def test_the_first_three_broken_rows_are_shown_in_order(write):
    """Errors of syntax are found when the first lines are looked at, others as they are read."""
    broken = ['{"text": "a"}', "{", '{"tex": 1}', "[1]", '"a"', "{"]
    path = write("a.jsonl", "".join(f"{line}\n" for line in broken))
    told = tally_of(path).troubles.sentences()
    assert [sentence.split(", ")[-1].split(":")[0] for sentence in told[:3]] == [
        "line 2",
        "line 3",
        "line 4",
    ]
    assert told[3:] == [f"{path}: 2 more such lines."]

"""``collapse measure`` as a user meets it."""

import gzip
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

JOKES = ["why ?", "why ?", "why not", "a  duck\twalks", "a duck walks", "knock knock"]


def write(name, text):
    Path(name).write_text(text)
    return name


def rows(path, records):
    return write(path, "\n".join(json.dumps(record) for record in records) + "\n")


def measured(run, *arguments):
    code, out, err = run("measure", *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def only(document):
    ((_, one),) = document["corpora"].items()
    return one


# What it reads


@pytest.mark.parametrize("kind", ["txt", "jsonl", "json", "csv", "txt.gz", "zip", "named.nothing"])
def test_every_kind_of_file_gives_the_same_answers(run, kind):
    name = f"a.{kind}"
    records = [{"id": i, "text": text} for i, text in enumerate(JOKES)]
    csv = "id,text\n" + "".join(f'{i},"{text}"\n' for i, text in enumerate(JOKES))
    if kind == "txt.gz":
        Path(name).write_bytes(gzip.compress("\n".join(JOKES).encode()))
    elif kind == "zip":
        with zipfile.ZipFile(name, "w") as file:
            file.writestr("x/model.csv", csv)
            file.writestr("__MACOSX/x/._model.csv", "id,text\n1,not an answer\n")
            file.writestr("x/readme.txt", "not an answer")
    elif kind in ("jsonl", "named.nothing"):
        rows(name, records)
    else:
        write(name, {"txt": "\n\n".join(JOKES), "json": json.dumps(JOKES), "csv": csv}[kind])
    found = only(measured(run, name))
    assert (found["n"], found["different"], found["singletons"]) == (6, 4, 2)
    assert found["top"][0] == {"text": "why ?", "count": 2, "share": pytest.approx(1 / 3)}


def test_a_row_of_several_answers_is_a_prompt(run):
    records = [
        {"prompt": f"p{i}", "generations": ["x", "x", f"y{i}"], "k": [1, 2]} for i in range(6)
    ]
    document = measured(run, rows("a.jsonl", records))
    found = only(document)
    assert (found["n"], found["different"]) == (18, 7)
    assert found["prompts"]["prompts"] == 6
    assert found["prompts"]["same_answer"] == pytest.approx(1 / 3)
    assert found["intervals_over"] == "prompts"
    assert [one["prompt"] for one in found["by_prompt"]] == [f"p{i}" for i in range(6)]
    assert "6 prompts with 3 answers each" in document["verdict"][0]


def test_generations_are_in_order_and_told_from_first_to_last(run):
    records = [
        {"g": g, "q": "why", "text": f"t{i % (12 - g)}"} for g in (10, 2, 1) for i in range(60)
    ]
    document = measured(run, rows("a.jsonl", records), "--group-by", "g", "--prompt", "q")
    assert list(document["corpora"]) == ["1", "2", "10"]
    assert document["verdict"][0].startswith("From 1 to 10 the effective number falls from 11 to 2")
    assert len(document["similarity"]) == 3
    assert only({"corpora": {"x": document["corpora"]["1"]}})["prompts"]["prompts"] == 1


@pytest.mark.slow
def test_files_of_unequal_size_are_compared_at_the_smaller(run, drawn):
    write("a.txt", "\n".join(f"t{i % 9} word" for i in range(90)))
    write("b.txt", "\n".join(f"t{i % 7} word" for i in range(30)))
    document = measured(run, "a.txt", "b.txt")
    assert list(document["corpora"]) == ["a", "b"]
    equal = document["equal_size"]
    assert (equal["answers"], equal["words"]) == (30, 60)
    assert equal["corpora"]["b"]["effective_number"] == pytest.approx(
        document["corpora"]["b"]["effective_number"]["value"]
    )
    assert equal["corpora"]["a"]["different"] < 9
    assert "each at 30 answers" in document["verdict"][0]
    assert "a is the most varied and b the least" in document["verdict"][0]


@pytest.mark.slow
def test_a_reference_and_its_floor(run, drawn):
    generator = np.random.default_rng(0)
    write("people.csv", "Joke\n" + "\n".join(f"joke {i} about {i % 90}" for i in range(300)))
    write("model.txt", "\n".join(f"joke {i} about {i}" for i in generator.integers(0, 4, 200)))
    document = measured(run, "model.txt", "--reference", "people.csv")
    compared = document["reference"]["compared"]["model"]
    assert compared["m"] == 150
    assert compared["copies"] == 1
    assert (
        compared["against"]["words_in_common"]["value"]
        < compared["floor"]["words_in_common"]["low"]
    )
    assert "times less varied than the reference" in document["verdict"][-1]
    code, out, _ = run("measure", "people.csv", "--reference", "model.txt", "--out", "other")
    assert code == 0
    assert "fewer than the sample: both are compared at 100 answers" in out.replace("\n", " ")


# What it writes


def test_files_a_table_and_three_sentences(run, drawn, tmp_path):
    write("a.txt", "\n".join(JOKES * 20))
    code, out, err = run("measure", "a.txt")
    assert code == 0, err
    for text in ("effective number", "distinct-3", "why ?", "120 answers contain", "Saved:"):
        assert text in out
    folder = tmp_path / "measures" / "a"
    assert {p.name for p in folder.iterdir()} == {"measure.json", "measure.pdf", "measure.png"}
    assert (folder / "measure.png").read_bytes()[:4] == b"\x89PNG"


@pytest.mark.slow
def test_the_same_again_is_the_same_to_the_byte(run, drawn, tmp_path):
    write("a.txt", "\n".join(JOKES * 20))
    first = measured(run, "a.txt")
    folder = tmp_path / "measures" / "a"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert measured(run, "a.txt") == first == json.loads(before["measure.json"])
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_another_measurement_is_never_overwritten(run, tmp_path):
    rows("a.jsonl", [{"text": x, "m": "b"} for x in JOKES])
    measured(run, "a.jsonl")
    code, out, err = run("measure", "a.jsonl", "--group-by", "m")
    assert (code, out) == (2, "")
    assert "holds another measurement: it differs in group_by" in err
    rows("a.jsonl", [{"text": x} for x in JOKES[:-1]])
    assert "differs in files" in run("measure", "a.jsonl")[2]
    (tmp_path / "measures/a/measure.json").write_text("{}")
    assert "without a readable measurement" in run("measure", "a.jsonl")[2]
    (tmp_path / "a_file").write_text("x")
    assert "is a file: --out needs a directory" in run("measure", "a.jsonl", "--out", "a_file/x")[2]


@pytest.mark.slow
def test_neither_jax_nor_pyplot_is_imported(tmp_path):
    (tmp_path / "a.txt").write_text("\n".join(JOKES))
    code = (
        "import sys; from collapse.cli import main as cli\n"
        "sys.argv = ['collapse', 'measure', 'a.txt']\n"
        "try: cli.main()\nexcept SystemExit: pass\n"
        "print([m for m in ('jax', 'equinox', 'matplotlib.pyplot') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "Saved: measures/a/measure.json" in done.stdout
    assert done.stdout.strip().endswith("[]")


def test_markup_in_answers_is_text(run):
    write("a.txt", "[bold]red[/] [/nonsense]\n" * 3 + "\x1b[2Jother\n" * 2)
    code, out, err = run("measure", "a.txt")
    assert code == 0, err
    assert "[bold]red[/] [/nonsense]" in out
    assert "\x1b" not in out


# What is wrong with it


def test_broken_lines_are_named_and_the_rest_measured(run):
    good = [json.dumps({"text": f"t{i % 3}"}) for i in range(9)]
    bad = ['{"text": "x"', "[1]", '{"other": "x"}', '{"text": {"a": 1}}', '{"text": null}']
    write("a.jsonl", "\n".join(good[:4] + bad + good[4:]))
    code, out, err = run("measure", "a.jsonl")
    assert code == 0, err
    assert "a.jsonl, line 5: broken JSON at column 13" in out
    assert "a.jsonl, line 6: it is neither an object nor a text" in out
    assert "a.jsonl: 1 more such lines" in out
    assert "Left out: null answers (1)" in out
    assert "9 answers" in out
    code, out, err = run("measure", "a.jsonl", "--strict", "--out", "s")
    assert (code, out) == (2, "")
    sentences = (
        "line 5",
        "line 6",
        "line 7: it has no 'text'",
        "line 8: 'text' is an object",
    )
    assert all(text in err for text in sentences)
    assert not Path("s").exists()


def test_broken_csv_and_bytes(run):
    Path("a.csv").write_bytes(b'text,k\n"a b",1\na "b" c,2\n"x"y,3\nz,4,5\n\xff\xfe,5\nlast,6\n')
    code, out, _ = run("measure", "a.csv")
    assert code == 0
    assert "a.csv, line 4: broken CSV" in out
    assert "line 5: 3 cells where the header has 2" in out
    assert "line 6: it is not UTF-8" in out
    assert "Lines that could not be measured: 3." in out
    assert "a: 3 answers" in out


def test_mixed_types_and_blank_answers(run):
    records = [{"text": x} for x in ("yes", 3, 3, 2.5, True, "", "  ", ["a", "b"], "\ud83d cut")]
    document = measured(run, rows("a.jsonl", records))
    found = only(document)
    assert (found["n"], found["different"]) == (8, 7)
    assert "Left out: empty answers (2). --include keeps them." in document["notes"]


@pytest.mark.parametrize(
    ("content", "n", "said"),
    [
        ("just one\n", 1, "One answer has no diversity"),
        (
            "same\n" * 50,
            50,
            "All 50 answers are the same: the probability of any other is below 6",
        ),
        ("\n".join(f"line {i}" for i in range(20)), 20, "No two of 20 answers are equal"),
        ("a\nb\n", 2, "No two of 2"),
        ("a\na\nb\nb\n", 4, "every answer was given more than once"),
    ],
)
def test_extremes_are_sentences(run, content, n, said):
    write("a.txt", content)
    document = measured(run, "a.txt")
    assert only(document)["n"] == n
    assert said in " ".join(document["verdict"])
    code, out, err = run("measure", "a.txt")
    assert code == 0, err


BAD = {
    "empty.txt": "\n \n",
    "two.csv": "first,second\na b,c d\ne f,g h\n",
    "numbers.csv": "a,b\n1,2\n",
    "twice.csv": "a,a\nx,y\n",
    "broken.json": '["a", ',
    "object.json": "{}",
    "all_bad.jsonl": "{\n[\n",
    "a.txt": "x\nx\ny\n",
    "few.txt": "x\ny\n",
    "zero.txt": "a\0b\n",
    "blank.csv": "text,k\n ,1\n ,2\n",
    "p.jsonl": '{"prompt": "a b", "text": "c"}\n',
}


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["nowhere.txt", "neither.txt"], ["no file nowhere.txt", "no file neither.txt"]),
        (["empty"], ["empty holds no file of answers", ".jsonl"]),
        (["a.txt", "a.txt"], ["a.txt is given twice"]),
        (["empty.txt"], ["empty.txt is empty"]),
        (["zero.txt"], ["zero bytes"]),
        (["two.csv"], ["several columns of text: first, second", "--field"]),
        (["blank.csv", "--field", "text"], ["Every answer is blank"]),
        (["numbers.csv"], ["no column of text, only a (a number), b (a number)"]),
        (["twice.csv"], ["two columns 'a'"]),
        (["broken.json"], ["broken JSON at line 1"]),
        (["object.json"], ["at its top level, not a list"]),
        (["all_bad.jsonl"], ["all_bad.jsonl, line 1: broken JSON", "line 2"]),
        (["two.csv", "--field", "frist"], ["did you mean first?"]),
        (
            ["p.jsonl", "--prompt", "promt", "--group-by", "x"],
            ["did you mean prompt?", "no column 'x'"],
        ),
        (["a.txt", "--field", "x"], ["No file has columns: leave out --field x"]),
        (["a.txt", "--group-by", "x"], ["a.txt has no columns: leave out --group-by x"]),
        (["a.txt", "--reference", "few.txt"], ["The reference few.txt holds 2 answers"]),
        (["a.txt", "--reference", "gone.txt"], ["no file gone.txt"]),
        (["two.csv", "--reference", "few.txt"], ["several columns", "holds 2 answers"]),
    ],
)
def test_mistakes_are_sentences_all_at_once(run, arguments, sentences):
    for name, text in BAD.items():
        write(name, text)
    Path("empty").mkdir()
    code, out, err = run("measure", *arguments)
    assert (code, out) == (2, "")
    for sentence in sentences:
        assert sentence in err.replace("\n", " ")
    assert not Path("measures").exists()


def test_damaged_packed_files(run):
    Path("a.txt.gz").write_bytes(gzip.compress(b"some text\n" * 5000)[:-20])
    assert "a.txt.gz is a damaged or truncated compressed file" in run("measure", "a.txt.gz")[2]
    with zipfile.ZipFile("empty.zip", "w") as file:
        file.writestr("a.png", "x")
    assert "empty.zip holds no file of answers, only a.png" in run("measure", "empty.zip")[2]


def test_files_of_a_zip_without_the_column_are_left_out(run):
    with zipfile.ZipFile("a.zip", "w") as file:
        file.writestr("one.csv", "text,k\na,1\na,2\n")
        file.writestr("two.csv", "list,k\na,1\n")
    document = measured(run, "a.zip", "--field", "text")
    assert list(document["corpora"]) == ["one"]
    assert "Left out: a.zip:two.csv: There is no column 'text'" in document["notes"][0]
    code, _, err = run("measure", "a.zip", "--field", "text", "--strict")
    assert code == 2
    assert "no column 'text'" in err


def test_files_of_a_zip_with_a_choice_of_columns_are_refused(run):
    with zipfile.ZipFile("a.zip", "w") as file:
        file.writestr("one.csv", "text,k\na,1\na,2\n")
        file.writestr("two.csv", "list,place\na,far away\nb,here\n")
    code, _, err = run("measure", "a.zip")
    assert code == 2
    assert "a.zip:two.csv has several columns of text: list, place" in err
    assert list(measured(run, "a.zip", "--field", "list")["corpora"]) == ["two"]


def test_prompts_with_one_answer_each_say_nothing_of_repeats(run):
    path = rows("a.jsonl", [{"prompt": f"p{i}", "completion": f"c{i % 3}"} for i in range(9)])
    told = measured(run, path)["verdict"][0]
    assert told.startswith("9 prompts have one answer each, so that nothing is known of two")


def test_a_table_without_a_header_is_read_and_told(run):
    write("a.csv", "Why did the duck? It did.,1\nb c,2\n")
    document = measured(run, "a.csv")
    assert only(document)["n"] == 2
    assert any("looks like data, so that there is no header" in x for x in document["notes"])


def test_a_question_may_be_the_name_of_a_column(run):
    write("a.csv", "What is a duck? Say it.,k\na bird,1\na bird,2\n")
    assert only(measured(run, "a.csv", "--field", "What is a duck? Say it."))["n"] == 2


def test_troubles_of_the_reference_are_told_once(run):
    write("a.txt", "x\nx\ny\n")
    rows("b.jsonl", [{"t": f"joke {i}"} for i in range(20)])
    with open("b.jsonl", "a") as file:
        file.write("{\n")
    document = measured(run, "a.txt", "--reference", "b.jsonl", "--field", "t")
    assert document["troubles"]["count"] == 1
    rows("c.jsonl", [{"text": "x"}] * 4)
    document = measured(run, "c.jsonl", "--reference", "b.jsonl", "--field", "text")
    assert document["troubles"]["count"] == 1
    assert document["reference"]["corpus"]["n"] == 20


def test_a_column_of_too_many_values_is_not_a_model(run):
    rows("a.jsonl", [{"id": i, "text": "x"} for i in range(300)])
    assert (
        "--group-by id has 300 different values" in run("measure", "a.jsonl", "--group-by", "id")[2]
    )

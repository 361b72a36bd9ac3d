"""Files of bad intent or bad luck, through every reader: a sentence, at once, in little memory."""

import gzip
import io
import json
import os
import random
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from collapse.commands.calibrate.judge_file import refusal
from collapse.commands.calibrate.reading import read_verdicts
from collapse.commands.measure import tally
from collapse.data.corpus import load_corpus
from collapse.data.images import load_images
from collapse.errors import UserError
from collapse.files import answers, open as opening
from collapse.files.cells import NUMBER
from collapse.files.containers import digest, sources
from collapse.files.plan import Columns
from collapse.files.read import read_items, read_records
from collapse.files.troubles import FileRead, Troubles
from collapse.report.overwrite import refuse_another
from tests.shared import ROOT


def measure(path):
    found = tally.Tally()
    tally.read([Path(path)], Columns(), found, lambda *_: None)
    return found


def objects(path):
    """Rows that cannot be read are noted."""
    troubles = Troubles()
    for source in sources([Path(path)]):
        read_records(source, FileRead(""), troubles, lambda *_: None)
    if troubles.count:
        raise UserError(*troubles.sentences())


READERS = {
    "items": read_items,
    "objects": objects,
    "verdicts": read_verdicts,
    "images": load_images,
    "labels": lambda path: load_images(path, labels=path),
    "measure": measure,
    "digest": digest,
}
TEXTS = ("items", "objects", "verdicts", "measure")  # readers that know JSON and CSV


def mistake(reader, path) -> str:
    with pytest.raises(UserError) as caught:
        READERS[reader](path)
    assert all(len(sentence) < 600 for sentence in caught.value.sentences)
    return str(caught.value)


@pytest.mark.parametrize("reader", READERS)
def test_only_regular_files_are_opened(reader, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")  # opened the plain way, it would be waited for
    assert "pipe.csv is a pipe, not a file. Save its output" in mistake(
        reader, tmp_path / "pipe.csv"
    )
    assert "/dev/zero is a device" in mistake(reader, "/dev/zero")
    (tmp_path / "link").symlink_to("/dev/zero")
    assert "is a device" in mistake(reader, tmp_path / "link")
    folder = "is a directory. Give a" if reader in ("images", "labels") else "holds no file of"
    assert folder in mistake(reader, tmp_path)
    assert "There is no file" in mistake(reader, tmp_path / "none.csv")
    assert "There is no file" in mistake(reader, "~nobody-of-that-name/none.csv")


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("a\nb\n")
    os.mkfifo(tmp_path / "pipe")
    regular = os.stat(tmp_path / "file")
    monkeypatch.setattr(Path, "stat", lambda *_: regular)
    with pytest.raises(UserError, match="pipe is a pipe"):
        opening.whole(tmp_path / "pipe")


def test_what_tells_no_size_is_read(tmp_path):
    assert opening.whole("/proc/self/stat").startswith(b"%d (" % os.getpid())


DEEP = "[" * 100_000 + "]" * 100_000
LONG = "1" + "0" * 5000
JSON = {
    "deep.json": (DEEP, "nested too deeply"),
    "deep.jsonl": (DEEP, "nested too deeply"),
    "deep": ('{"text": ' * 50_000, ""),
    "long.json": (f'[{{"text": "a b", "n": {LONG}}}]', "an integer of thousands of digits"),
    "long.jsonl": (f'{{"text": "a b", "n": {LONG}}}', "an integer of thousands of digits"),
}


@pytest.mark.parametrize("reader", TEXTS)
@pytest.mark.parametrize("name", JSON)
def test_deep_and_long_json(reader, name, tmp_path):
    content, told = JSON[name]
    (tmp_path / name).write_text(content)
    if name == "deep" and reader in ("items", "measure"):
        READERS[reader](tmp_path / name)  # whatever it is, it is text
    else:
        assert told in mistake(reader, tmp_path / name)


def test_numbers_that_no_float_holds(tmp_path):
    """10^400 is a whole number in JSON: as a score it is none, and told."""
    rows = [{"label": 1, "score": 10**400}, {"label": 0, "score": 2}]
    (tmp_path / "v.json").write_text(json.dumps(rows))
    assert "score must be a number" in mistake("verdicts", tmp_path / "v.json")
    rows = [{"prompt": "p", "text": ["a", "b"], "c": [1, 2], "s": [10**400, 1]}]
    (tmp_path / "m.jsonl").write_text("\n".join(map(json.dumps, rows * 2)))
    wanted, found = Columns("text", "prompt", None, "c", "s"), tally.Tally()
    with pytest.raises(UserError, match="'s' holds a score that is not a number"):
        tally.read([tmp_path / "m.jsonl"], wanted, found, lambda *_: None)
    cells = ",".join([LONG, *["0"] * 64])
    (tmp_path / "d.csv").write_text(f"{cells}\n" * 2000 + cells.replace(LONG, "9" * 400))
    assert "1995 more lines" in mistake("images", tmp_path / "d.csv")


def test_a_number_of_a_million_digits_is_told_from_a_word_in_linear_time():
    began = time.perf_counter()
    assert not NUMBER.fullmatch("1" * 1_000_000 + "x")
    assert NUMBER.fullmatch("-" + "1,." * 100_000 + "5e-7")
    assert time.perf_counter() - began < 1


LIMITED = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from collapse.errors import UserError
from tests.files.test_open import READERS
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[3]) << 20,) * 2)
for pair in sys.argv[4:]:
    name, reader = pair.split(":")
    try:
        READERS[reader](Path(sys.argv[1]) / name)
        print(pair, "is read")
    except UserError as mistake:
        print(pair, mistake)
"""
BOMBS = {
    "bomb.csv.gz:items": "more than 128 MiB",
    "bomb.csv.gz:measure": "has more than 16,777,216 characters",
    "line.jsonl:objects": "more than 128 MiB",
    "line.jsonl:measure": "line 1: a line has more than 16,777,216 characters",
    "cell.csv:measure": "a row with a cell in double quotes has more than",
    "bomb.zip:measure": "unpacks to more than 4,096 MiB",
    "many.json:objects": "more than 10,000,000 values",
    "many.json:measure": "more than 10,000,000 values",
    "many.csv:items": "more than 10,000,000 lines or values",
}


@pytest.mark.slow
def test_bombs_take_no_memory(tmp_path):
    """In a process of 1.7 GiB of addresses: a gzip file of 3 GB, a line of 300 MB, a cell that is
    never closed, a zip file of 8 GiB, JSON of 15 million objects, 15 million lines."""
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"word " * 10_000_000, 6) * 60)
    with open(tmp_path / "line.jsonl", "wb") as file:
        file.write(b'{"text": "' + b"x" * 300_000_000 + b'"}\n')
    (tmp_path / "cell.csv").write_bytes(b'text\n"' + b"many words\n" * 2_000_000)
    (tmp_path / "many.json").write_bytes(b"[" + b"{}," * 15_000_000 + b"{}]")
    (tmp_path / "many.csv").write_bytes(b"a\n" * 15_000_000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "text\nx\n")
        archive.writestr("b.csv", "text\nx\n")
    data = bytearray((tmp_path / "bomb.zip").read_bytes())
    for at in (data.find(b"PK\1\2"), data.rfind(b"PK\1\2")):
        data[at + 24 : at + 28] = (0xFFFFFFF0).to_bytes(4, "little")  # the size once unpacked
    (tmp_path / "bomb.zip").write_bytes(data)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path), str(ROOT), "1700", *BOMBS],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for (pair, told), line in zip(BOMBS.items(), done.stdout.splitlines(), strict=True):
        assert line.startswith(pair)
        assert told in line
    assert set(READERS) >= {pair.split(":")[1] for pair in BOMBS}


def test_more_answers_than_are_meant_to_be_held(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_text("\n".join(f"answer {i % 100}" for i in range(300)))
    assert len(measure(tmp_path / "a.txt").texts) == 100
    for name, value in (("ANSWERS", 250), ("HELD", 100 * (tally.ENTRY + 8))):
        with monkeypatch.context() as patch:
            patch.setattr(tally, name, value)
            with pytest.raises(UserError, match="Give a part of them"):
                measure(tmp_path / "a.txt")


def test_long_records_are_looked_at_one_by_one(tmp_path, monkeypatch):
    """The columns are told by fewer records where these are long."""
    monkeypatch.setattr(answers, "LOOKED", 100_000)
    records = [{"text": "a" * 50_000}] * 20 + [{"other": "x", "text": "b"}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, records)))
    assert len(measure(tmp_path / "a.jsonl").texts) == 2  # with "other" there were two columns


def packed_files() -> dict[str, bytes]:
    text = "text,k\n" + "".join(f"answer {i % 7},{i}\n" for i in range(60))
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("\u00e9.csv", text)
        archive.writestr("b.csv", text)
    return {"a.zip": made.getvalue(), "a.csv.gz": gzip.compress(text.encode(), mtime=0)}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.zip", "a.csv.gz"])
def test_damaged_packed_files_are_told(name, tmp_path):
    """One byte after the other is another one: it is read, or a sentence."""
    data, chance = packed_files()[name], random.Random(0)
    path, told = tmp_path / name, 0
    for at in range(len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << chance.randrange(8)
        path.write_bytes(damaged)
        for reader in ("measure", "items"):
            try:
                READERS[reader](path)
            except UserError:
                told += 1
    assert told > 2 * len(data) / 3  # other bytes are dates, rights and lengths of nothing


def test_zip_files_that_unpack_as_they_please_are_refused(tmp_path):
    for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tmp_path / "a.zip", "w", method) as archive:
            archive.writestr("a.csv", "text\nx\n")
        assert "has an unsupported compression" in mistake("measure", tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "b.zip", "w") as archive:
        archive.writestr("a.csv", "text\nx\n")
    data = bytearray((tmp_path / "b.zip").read_bytes())
    data[-10:-6] = (1 << 30).to_bytes(4, "little")  # bytes of the list of files
    (tmp_path / "b.zip").write_bytes(data)
    assert "holds more files, or larger ones" in mistake("measure", tmp_path / "b.zip")


def test_what_lies_where_results_go_is_no_trap(tmp_path):
    """A pipe or a deep document in place of an earlier result, and a pipe in place of a judge."""
    (tmp_path / "x.json").write_text(DEEP)
    with pytest.raises(UserError, match="without a readable thing"):
        refuse_another(tmp_path, "x", "thing", {})
    for name in ("y.json", "judge.py"):
        os.mkfifo(tmp_path / name)
    with pytest.raises(UserError, match="without a readable thing"):
        refuse_another(tmp_path, "y", "thing", {})
    assert "judge.py is a pipe" in refusal(tmp_path / "judge.py")[0]


def test_rows_that_are_too_long_for_memory_are_refused(tmp_path):
    (tmp_path / "a.txt").write_text("a b c\n" * 1000)
    with pytest.raises(UserError, match="1,000 items of 10,000,000 tokens"):
        load_corpus(tmp_path / "a.txt", length=10_000_000)
    (tmp_path / "r.txt").write_text("x " * 400_000 + "\n" + "x y\n" * 1000)
    rows = [{"label": i % 2, "choice": i % 2, "text": "x y"} for i in range(40)]
    (tmp_path / "v.json").write_text(json.dumps(rows))
    with pytest.raises(UserError, match="leave out the longest"):
        read_verdicts(tmp_path / "v.json", reference=tmp_path / "r.txt")


VERBS = ("measure", "calibrate", "forecast", "compare", "judge")
FOLDERS = ("data", "metrics", *(f"commands/{verb}" for verb in VERBS))
BARE = (
    r"(?<!archive\.)\bopen\(|read_bytes|read_text|json\.loads?\(|csv\.reader"
    r"|gzip\.(open|decompress)|np\.load"
)
OWN = {"json.loads(": "data/bpe.py"}  # of what the tokenizers package says


def test_no_reader_goes_another_way():
    found = {}
    for folder in FOLDERS:
        for file in (ROOT / "collapse" / folder).glob("*.py"):
            for match in re.finditer(BARE, file.read_text()):
                found[match[0]] = f"{folder}/{file.name}"
    assert found == OWN

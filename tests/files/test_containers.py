"""Compressed files, archives, tables, folders and patterns; and files of the wrong kind."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import sqlite3
import struct
import sys
import tarfile
import zipfile

import pytest

from collapse.errors import UserError
from collapse.files import containers, packing
from collapse.files.answers import Columns, Reader
from collapse.files.containers import sources
from collapse.files.read import read_items
from collapse.files.troubles import Troubles
from tests.files.reading import SEVEN, SEVEN_ENTROPY, facts, lines, tally_of

RECORDS = [{"prompt": f"p{i % 3}", "response": text} for i, text in enumerate(SEVEN)]
CONTENT = lines(RECORDS).encode()
RIGHT = (30, 7, SEVEN_ENTROPY, None)


def zstd(data: bytes) -> bytes:
    zstandard = pytest.importorskip("zstandard")
    return zstandard.ZstdCompressor().compress(data)


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as held:
        for name, data in files.items():
            held.writestr(name, data)
    return made.getvalue()


def tarred(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as held:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            held.addfile(info, io.BytesIO(data))
    return made.getvalue()


WAYS = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=1),
    "zst": zstd,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["a.jsonl.{}", "a.jsonl", "a.{}"])
def test_compressed_files_are_known_by_their_bytes(write, way, name):
    path = write(name.format(way), WAYS[way](CONTENT))
    assert facts(path) == RIGHT
    assert len(read_items(path).items) == 30
    (about,) = tally_of(path).reads
    assert about.packed == [{"gz": "gzip", "zst": "zstd"}.get(way, way)]


@pytest.mark.parametrize("way", WAYS)
def test_parts_that_were_put_together_and_damaged_ones(write, way):
    pack, half = WAYS[way], len(RECORDS) // 2
    parts = [lines(RECORDS[:half]).encode(), lines(RECORDS[half:]).encode()]
    assert facts(write("a.jsonl", b"".join(map(pack, parts)))) == RIGHT
    for damaged in (pack(CONTENT)[:-12], pack(CONTENT)[:40] + b"\0\1\2\3" * 9):
        with pytest.raises(UserError, match=r"b.jsonl is a damaged or truncated compressed file"):
            tally_of(write("b.jsonl", damaged))


@pytest.mark.parametrize("pack", [zipped, tarred, lambda files: gzip.compress(tarred(files))])
def test_archives_hold_a_corpus_in_each_file_of_data(write, pack):
    files = {
        "x/one.jsonl": CONTENT,
        "x/two.csv": b"id,text\n1,a b\n2,a b\n",
        "x/three.jsonl.xz": lzma.compress(CONTENT),
        "../../up.json": json.dumps(RECORDS).encode(),
        "__MACOSX/x/._one.jsonl": b"not an answer",
        "x/.hidden.jsonl": b"not an answer",
        "x/readme.txt": b"not an answer",
        "dataset_info.json": b"{}",
    }
    tally = tally_of(write("a.bin", pack(files)))
    assert {one.name: one.n for one in tally.corpora()} == {
        "one": 30, "two": 2, "three": 30, "up": 30,
    }  # fmt: skip
    with pytest.raises(UserError, match="only inner.zip.* An archive inside it is not read"):
        tally_of(write("c.bin", pack({"inner.zip": zipped(files)})))
    last = write("d.bin", pack({"one.jsonl": CONTENT, "z.zip": zipped({"two.jsonl": CONTENT})}))
    assert [one.name for one in tally_of(last).corpora()] == ["one"]  # a tar that ends with a zip
    only = {"notes.txt": b"a\nb\na\n", "README": b"x"}
    assert facts(write("b.bin", pack(only)))[:2] == (3, 2)


def test_tables(write, tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import feather, ipc, parquet

    table = arrow.Table.from_pylist([record | {"n": i} for i, record in enumerate(RECORDS)])
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=7)
    feather.write_feather(table, tmp_path / "b.feather")
    with ipc.new_stream(tmp_path / "c.arrow", table.schema) as out:
        out.write_table(table, max_chunksize=4)
    write("d.parquet.gz", gzip.compress((tmp_path / "a.parquet").read_bytes()))
    write("e.zip", zipped({"f.parquet": (tmp_path / "a.parquet").read_bytes()}))
    for name in ("a.parquet", "b.feather", "c.arrow", "d.parquet.gz", "e.zip"):
        assert facts(tmp_path / name) == RIGHT, name
        assert len(read_items(tmp_path / name).items) == 30
    (about,) = tally_of(tmp_path / "a.parquet").reads
    assert (about.kind, about.rows[0]["place"]) == ("parquet", "row 1")
    write("x.parquet", (tmp_path / "a.parquet").read_bytes()[:-40])
    with pytest.raises(UserError, match=r"x.parquet is a damaged table of parquet"):
        tally_of(tmp_path / "x.parquet")


DICE = random.Random(0)
MANY = [{"prompt": f"p{i % 3}", "response": DICE.randbytes(160).hex()} for i in range(10_000)]


def as_parquet(data: bytes) -> bytes:
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    made = io.BytesIO()
    table = arrow.Table.from_pylist([json.loads(line) for line in data.splitlines()])
    parquet.write_table(table, made, row_group_size=1000)
    return made.getvalue()


CONTAINERS = WAYS | {
    "jsonl": lambda data: data,
    "zip": lambda data: zipped({"a.jsonl": data}),
    "tar": lambda data: tarred({"a.jsonl": data}),
    "tar.gz": lambda data: gzip.compress(tarred({"a.jsonl": data})),
    "zip of gz": lambda data: zipped({"a.jsonl.gz": gzip.compress(data)}),
    "parquet": as_parquet,
}


@pytest.mark.parametrize("container", CONTAINERS)
def test_progress_is_told_of_every_container(write, container, monkeypatch):
    """How far the file is read rises in steps, and ends at its size."""
    monkeypatch.setattr("collapse.files.answers.EVERY", 100)
    (source,) = sources([write("a", CONTAINERS[container](lines(MANY).encode()))])
    told = []
    reader = Reader(source, Columns(), Troubles())
    assert sum(1 for _ in reader.rows(lambda done, size: told.append((done, size)))) == len(MANY)
    done, sizes = zip(*told, strict=True)
    assert len(set(sizes)) == 1
    assert list(done) == sorted(done)
    assert done[-1] == sizes[0]
    assert any(0 < x < sizes[0] for x in done)


def test_a_table_whose_texts_lie_outside_of_it(tmp_path):
    """pyarrow reads such tables without a check, and then memory that is not its own."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import ipc

    batch = arrow.record_batch([["a", "b", "c"]], names=["text"])
    offsets, far = (struct.pack("<4i", *ends) for ends in ((0, 1, 2, 3), (0, 2**30, 2**30, 2**30)))
    for make in (ipc.new_file, ipc.new_stream):
        with make(tmp_path / "a.arrow", batch.schema) as out:
            out.write_batch(batch)
        data = (tmp_path / "a.arrow").read_bytes()
        assert data.count(offsets) == 1
        (tmp_path / "a.arrow").write_bytes(data.replace(offsets, far))
        with pytest.raises(UserError, match=r"a.arrow is a damaged table of"):
            tally_of(tmp_path / "a.arrow")


def test_a_first_file_without_an_answer(write):
    path = write("a.zip", zipped({"a.jsonl": b"", "b.jsonl": CONTENT}))
    reading = read_items(path)
    assert len(reading.items) == 30
    assert reading.field == "response"


def test_chats_in_tables(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a b"}]
    parquet.write_table(arrow.Table.from_pylist([{"messages": turns}] * 3), tmp_path / "a.parquet")
    assert facts(tmp_path / "a.parquet") == (3, 1, 0.0, 1)


def test_data_sets_on_disk_and_shards(tmp_path):
    """As ``datasets`` writes them: shards of Arrow streams beside state.json."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import ipc, parquet

    for split in ("train", "test"):
        place = tmp_path / "set" / split
        place.mkdir(parents=True)
        for i in range(2):
            part = arrow.Table.from_pylist(RECORDS[i::2])
            with ipc.new_stream(place / f"data-0000{i}-of-00002.arrow", part.schema) as out:
                out.write_table(part)
            parquet.write_table(part, tmp_path / f"{split}-0000{i}-of-00002.parquet")
        (place / "state.json").write_text("{}")
        (place / "dataset_info.json").write_text("{}")
    (tmp_path / "set" / "dataset_dict.json").write_text('{"splits": ["train", "test"]}')
    tally = tally_of(tmp_path / "set")
    assert [(one.name, one.n) for one in tally.corpora()] == [("test", 30), ("train", 30)]
    assert facts(tmp_path / "set" / "train") == RIGHT
    tally = tally_of(tmp_path / "tr*.parquet")
    assert [(one.name, one.n) for one in tally.corpora()] == [("train", 30)]


def test_folders_and_patterns(write, tmp_path):
    (tmp_path / "run" / ".cache").mkdir(parents=True)
    for step in (1, 2, 10):
        write(f"run/{step}.jsonl", CONTENT)
    write("run/.cache/x.jsonl", CONTENT)
    write("run/notes.md", b"no answer")
    write("run/more.zip", zipped({"four.jsonl": CONTENT}))
    tally = tally_of(tmp_path / "run")
    assert sorted(one.name for one in tally.corpora()) == ["1", "10", "2", "four"]
    assert [one.name for one in tally_of(tmp_path / "run" / "*.jsonl").corpora()] == [
        "1",
        "2",
        "10",
    ]
    with pytest.raises(UserError, match=r"No file matches .*\*\.csv. Check the pattern"):
        tally_of(tmp_path / "run" / "*.csv")
    odd = write("a[1].jsonl", CONTENT)  # a name is taken before a pattern
    assert facts(odd) == RIGHT


def test_more_files_than_are_read(write, tmp_path, monkeypatch):
    monkeypatch.setattr(containers, "MANY", 2)
    write("a.zip", zipped({f"{i}.csv": b"text\nx\n" for i in range(3)}))
    with pytest.raises(UserError, match="holds 3 files, and at most 2 are read"):
        sources([tmp_path / "a.zip"])


def test_members_that_are_links_are_not_followed(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as held:
        link = tarfile.TarInfo("a.jsonl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        held.addfile(link)
    with pytest.raises(UserError, match="holds no file of answers"):
        sources([tmp_path / "a.tar"])


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_bombs_are_refused_before_they_fill_the_memory(write, way, monkeypatch):
    monkeypatch.setattr("collapse.files.open.UNPACKED", 1 << 20)
    path = write("a.jsonl", WAYS[way](b'{"text": "x"}\n' * 200_000))
    with pytest.raises(UserError, match="unpacks to more than 1 MiB"):
        tally_of(path)


def test_xz_may_not_ask_for_any_memory(write, monkeypatch):
    monkeypatch.setattr(packing, "WINDOW", 1 << 20)
    with pytest.raises(UserError, match="damaged or truncated compressed file"):
        tally_of(write("a.jsonl", lzma.compress(CONTENT)))


@pytest.mark.parametrize(
    ("name", "module", "told"),
    [
        (
            "a.parquet",
            "pyarrow",
            r"a table of parquet, which needs pyarrow: pip install 'collapse\[",
        ),
        ("a.jsonl.zst", "zstandard", r"which needs zstandard: pip install 'collapse\[files\]'"),
    ],
)
def test_what_needs_an_extra_names_it(write, monkeypatch, name, module, told):
    data = b"PAR1" + b"x" * 99 if name.endswith("parquet") else b"\x28\xb5\x2f\xfd" + b"x" * 99
    monkeypatch.setitem(sys.modules, module, None)
    monkeypatch.setitem(sys.modules, "compression", None)
    with pytest.raises(UserError, match=told):
        tally_of(write(name, data))


def database(tmp_path) -> bytes:
    with sqlite3.connect(tmp_path / "x.db") as held:
        held.execute("create table a (b)")
    held.close()
    return (tmp_path / "x.db").read_bytes()


WRONG = {
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is a PNG image"),
    "JPEG": (b"\xff\xd8\xff\xe0\0\x10JFIF", "is a JPEG image"),
    "PDF": (b"%PDF-1.7\n%\xe2\xe3", "is a PDF document. Copy its text"),
    "HTML": (b"\n<!DOCTYPE html>\n<html><body>404</body></html>", "is an HTML or XML page"),
    "safetensors": (
        b'\x40\0\0\0\0\0\0\0{"weight":{"dtype":"F32"}}',
        "is safetensors model weights",
    ),
    "GGUF": (b"GGUF\3\0\0\0\0", "is GGUF model weights"),
    "pickle": (pickle.dumps({"a": [1]}), "is a Python pickle, which may run code"),
    "NumPy": (b"\x93NUMPY\1\0v\0", "is a NumPy array"),
    "7-Zip": (b"7z\xbc\xaf\x27\x1c\0\4", "is a 7-Zip archive. Unpack it first"),
    "program": (b"\x7fELF\2\1\1\0", "is a program"),
    "zeros": (b"\1\0\2\3\0\0" * 40, "is not text: it holds zero bytes"),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.txt", "a"])
def test_files_of_the_wrong_kind_are_named(write, kind, name):
    data, told = WRONG[kind]
    path = write(name, data)
    for reader in (tally_of, read_items):
        with pytest.raises(UserError, match=told):
            reader(path)


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ("xl/workbook.xml", "is an Excel workbook. Save its sheet as CSV."),
        ("word/document.xml", "is a Word document. Save it as plain text."),
        ("archive/data.pkl", "is PyTorch model weights. Give a file of answers or verdicts."),
        ("arr_0.npy", "is an archive of NumPy arrays. Give a file of answers or verdicts."),
    ],
)
def test_zip_files_of_the_wrong_kind_are_named(tmp_path, member, told):
    path = tmp_path / "a.bin"
    with zipfile.ZipFile(path, "w") as held:
        held.writestr(member, "x")
    with pytest.raises(UserError) as caught:
        tally_of(path)
    assert str(caught.value) == f"{path} {told}"


def test_a_database_is_named_with_the_way_to_a_table(write, tmp_path):
    with pytest.raises(UserError, match="is an SQLite database.* sqlite3 -csv"):
        tally_of(write("a.db", database(tmp_path)))


@pytest.mark.parametrize("text", ["BMW is a car\n", "MZ\n", "GIF8 was it\n", "Rar! said she\n"])
def test_text_with_the_first_letters_of_another_kind_is_text(write, text):
    assert facts(write("a.txt", text * 3))[:2] == (3, 1)

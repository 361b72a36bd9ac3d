"""Seconds of a processor and peak memory of reading a million answers, or verdicts, from every kind
of file, and of the whole command. Each is a process of its own.

python -m tests.benchmarks.reading [ROWS] [KIND ...]
"""

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import shutil
import sys
import tarfile
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

WORDS = {"answers.json": 6}  # of an answer, where it is not 20: a JSON list may have 128 MiB
KINDS = ("parquet", "arrow", "jsonl", "jsonl.gz", "jsonl.bz2", "jsonl.xz", "jsonl.zst", "csv")
KINDS += ("csv.gz", "tsv", "jsonl.zip", "jsonl.tar", "txt", "json")
ANSWERS = tuple(f"answers.{kind}" for kind in KINDS)
MEASURE = ("measure", "FILE", "--out", "out", "--json")
CALIBRATE = ("calibrate", "FILE", "--out", "judge.py", "--json")
# What a command does after it has read does not depend on the kind of file.
COMMANDS = dict.fromkeys(("answers.parquet", "answers.json", "answers.jsonl.gz"), MEASURE)
COMMANDS |= dict.fromkeys(("verdicts.jsonl", "verdicts.parquet"), CALIBRATE)
PACKERS = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}
BATCH = 100_000
READ = "reading"


def columns(name: str, rows: int) -> dict[str, list]:
    """Answers of some 20 words to 1,000 prompts, of which a half is different; or verdicts on pairs
    of models, on as many questions as there are thousands of rows."""
    draw = np.random.default_rng(0)
    if name.startswith("verdicts"):
        question = draw.integers(0, max(rows // 1000, 20), rows)
        winner = np.array(["model_a", "model_b", "tie"])[draw.choice(3, rows, p=[0.5, 0.3, 0.2])]
        made = {"question_id": question.tolist(), "winner": winner.tolist()}
        return made | {
            "model_a": ["one"] * rows,
            "model_b": ["other"] * rows,
            "judge": ["j"] * rows,
        }
    words = np.array([f"word{i}" for i in range(5000)])
    drawn = draw.zipf(1.3, (rows // 2, WORDS.get(name, 20))) % 5000
    texts = [" ".join(words[row]) for row in drawn]
    answers = [texts[i] for i in draw.integers(0, len(texts), rows)]
    prompts = [f"prompt {i}" for i in draw.integers(0, 1000, rows)]
    return {"prompt": prompts, "completion": answers, "id": list(range(rows))}


def write_all(folder: Path, rows: int, names: list[str]) -> None:
    """A file of each kind that a name tells, of the same answers or verdicts where it can be."""
    made: dict[tuple, dict] = {}
    for name in names:
        key = name.partition(".")[0], WORDS.get(name)
        made = made if key in made else {key: columns(name, rows)}
        write(folder / name, made[key])


def write(path: Path, held: dict[str, list]) -> None:
    kind, _, packed = path.name.partition(".")[2].partition(".")
    if kind in ("parquet", "arrow"):
        import pyarrow as arrow
        from pyarrow import feather, parquet

        table = arrow.table(held)
        if kind == "parquet":
            parquet.write_table(table, path, row_group_size=BATCH)
        else:
            feather.write_feather(table, path, compression="lz4", chunksize=BATCH)
    elif packed == "zip":
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file,
            file.open("answers.jsonl", "w") as member,
            io.TextIOWrapper(member) as text,
        ):
            text.writelines(lines(kind, held))
    elif packed == "tar":
        plain = path.with_name("answers.jsonl")
        plain.write_text("".join(lines(kind, held)))
        with tarfile.open(path, "w") as file:
            file.add(plain, "answers.jsonl")
        plain.unlink()
    elif packed == "zst":
        import zstandard

        with path.open("wb") as raw, zstandard.open(raw, "wt") as text:
            text.writelines(lines(kind, held))
    else:
        how = {"preset": 0} if packed == "xz" else {"compresslevel": 1} if packed else {}
        with PACKERS.get(packed, open)(path, "wt", newline="", **how) as text:
            text.writelines(lines(kind, held))


def lines(kind: str, held: dict):
    """The parts of a text file."""
    records = zip(*held.values(), strict=True)
    if kind in ("csv", "tsv"):
        line = io.StringIO()
        writer = csv.writer(line, delimiter="\t" if kind == "tsv" else ",")
        for record in (list(held), *records):
            writer.writerow(record)
            yield line.getvalue()
            line.seek(0)
            line.truncate()
    elif kind == "txt":
        yield from (f"{text}\n" for text in held["completion"])
    else:
        ends = ("[", ",\n", "]") if kind == "json" else ("", "\n", "\n")
        for i, record in enumerate(records):
            yield ends[bool(i)] + json.dumps(dict(zip(held, record, strict=True)))
        yield ends[2]


def in_a_process(*arguments: str, folder: str) -> tuple[float, float]:
    """Seconds of a processor and GB at most of a process."""
    words = [sys.executable, "-m", *arguments]
    quiet = [(os.POSIX_SPAWN_OPEN, 1, f"{folder}/said", os.O_WRONLY | os.O_CREAT, 0o600)]
    quiet.append((os.POSIX_SPAWN_OPEN, 2, f"{folder}/errors", os.O_WRONLY | os.O_CREAT, 0o600))
    process = os.posix_spawn(sys.executable, words, os.environ, file_actions=quiet)
    _, status, used = os.wait4(process, 0)
    if status:
        raise SystemExit(Path(folder, "errors").read_text()[-2000:])
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9


def main(rows: int, names: list[str]) -> None:
    print(f"{rows:,} rows\n\n| file | MB | reading, CPU s | GB | whole command, CPU s | GB |")
    print("|---|---|---|---|---|---|")
    with TemporaryDirectory() as folder:
        module = "tests.benchmarks.reading"
        in_a_process(module, "write", folder, str(rows), *names, folder=folder)
        for name in names:
            path = Path(folder, name)
            read = in_a_process(module, READ, str(path), folder=folder)
            words = {"FILE": str(path), "out": f"{folder}/out", "judge.py": f"{folder}/judge.py"}
            command = [words.get(word, word) for word in COMMANDS.get(name, ())]
            whole = in_a_process("collapse", *command, folder=folder) if command else ()
            cells = [f"{path.stat().st_size / 1e6:.0f}", *shown(read), *(shown(whole) or ("", ""))]
            print("|", name, "|", " | ".join(cells), "|", flush=True)
            path.unlink()
            shutil.rmtree(f"{folder}/out", ignore_errors=True)


def shown(used: tuple[float, ...]) -> list[str]:
    return [f"{x:.{digits}f}" for x, digits in zip(used, (0, 2), strict=False)]


def reading(path: Path) -> None:
    """Read the answers of a file, or its verdicts, and no more."""
    if path.name.startswith("verdicts"):
        from collapse.commands.calibrate.reading import read_verdicts

        read_verdicts(path)
        return
    from collapse.commands.measure.tally import Tally, read
    from collapse.files.answers import Columns

    read([path], Columns(), Tally(), lambda *_: None)


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["write"]:
        write_all(Path(given[1]), int(given[2]), given[3:])
    elif given[:1] == [READ]:
        reading(Path(given[1]))
    else:
        many = int(given.pop(0)) if given and given[0].isdigit() else 1_000_000
        main(many, given or [*ANSWERS, "verdicts.jsonl", "verdicts.parquet"])

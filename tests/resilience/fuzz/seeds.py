"""Good input, from which hostile input is made."""

import bz2
import gzip
import io
import json
import lzma
import struct
import tarfile
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

from collapse.curve import Curve
from collapse.files.atomic import write_arrays
from collapse.runs.checkpoints import path_of, whose_of
from collapse.sweeps.store import Store
from tests.made import made_run
from tests.resilience.fuzz.mutate import NASTY

OVERS = ["n=100,1000", "b:judge.fraction=0.05:0.5:10", "n=10:1000:3:log", "judge=top-fraction"]
OVERS += ["regime.share=0:1:3", "b:sampler.temperature=0.5", "n=1:2:3"]
SETTINGS = ["n=20", "b:judge.fraction=0.1", "judge=random-fraction", "regime=replace", "b:n=30"]
SETTINGS += ["measures.0=1", "b:regime.share=0.5", "sampler.temperature=2", "candidates=none"]
SETTINGS += ["judge.reward=likelihood", "group=4", "truth=x", "learner=maximum-likelihood"]
VALUES = ["model_entropy", "model_entropy@2", "half-life:model_gini", "wait:model_gini:0.5"]
VALUES += ["claim:one", "model_gini@0"]
CONDITIONS = ["model_entropy >= 2.5", "model_gini@2 >= 0.9 * first", "model_entropy<=2*real"]
NAMES = ["jokes", "gaussian-replace", "top-fraction", "runs/jokes", "a.jsonl", "no-such"]
LOOKS = ["t", "median", "neurips", "4x2.5", "a=One", "y", "model_entropy", "a,b", "bootstrap"]
TEXTS = ["an answer", "(1 - 1/n)^t", "H_t", "nats^2", "a $x^2$ b", "5 % of 20 seeds", "_hidden"]
PROFILE = b'queue = "short"\ncores = 2\nmemory = "8GB"\njobs = 3\n[more]\nx = [1, 2]\n'
WORDS = (*NASTY, "judge", "fraction", "n", "a", "b", "model_entropy", "@", ":log", "half-life:")
WORDS += ("wait:", "claim:", ">=", "<=", "* first", "regime", "sampler", "measures", "truth", "_")
CURVES = {"entropy": np.linspace(3, 1, 16).reshape(2, 2, 4)}


@cache
def manifest() -> dict:
    """The manifest of ``run``."""
    import tempfile

    with tempfile.TemporaryDirectory() as place:
        return _made(Path(place))


def _made(place: Path) -> dict:
    changes = {"changes": ["--length 5", "--set n=12", "--judge top-fraction"]}
    changes |= {"labels": {"a": "One"}, "notes": ["a note"], "data": {"name": "x"}}
    return made_run(place, ["a", "b"], CURVES, {"entropy": Curve("nats", 0, 4)}, **changes)


def run(place: Path) -> Path:
    """A run of two arms, with a checkpoint."""
    made = _made(place)
    numbers = {"done": 3, "parts": 0, "generations": 3}
    arrays = {name: np.array(x) for name, x in numbers.items()}
    arrays |= {"whose": np.array(whose_of(made, "a", 0)), "items": np.zeros((32, 4, 2), np.int32)}
    arrays |= {"curves/entropy": np.ones((32, 4)), "state/000": np.ones(3)}
    write_arrays(path_of(place, "a", 0), arrays)
    return place


def record(place: Path) -> str:
    """The hash of a record in a sweep."""
    Store(place).keep("0123456789abcdef", {"entropy": np.ones((2, 4))})
    return "0123456789abcdef"


def _jsonl(records) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in records).encode()


ANSWERS = [{"prompt": f"p{i % 3}", "response": f"answer {i % 4}", "model": "m"} for i in range(8)]
CHATS = [
    {
        "messages": [
            {"role": "user", "content": "q"},
            {"role": "assistant", "content": [{"type": "text", "text": f"a {i}"}]},
        ]
    }
    for i in range(4)
]
RESULTS = {"model": "m", "results": [{"doc": {"q": "x"}, "resps": [["a", "b"]]}, {"doc": 1}]}


def answers() -> list[tuple[str, bytes]]:
    """(suffix, content) of files of answers, as tools write them."""
    table = b'id,text,model\n1,a b,m\n2,"x, y",m\n3,z,n\n'
    listed = b'prompt\tresponses\np\t"[""a"", ""b""]"\nq\t"[]"\n'
    return [
        (".jsonl", _jsonl(ANSWERS)),
        (".jsonl", _jsonl(CHATS)),
        (".jsonl", b'"a"\n"b"\nnull\n'),
        (".json", json.dumps(ANSWERS).encode()),
        (".json", json.dumps({"data": CHATS}).encode()),
        (".json", json.dumps(RESULTS).encode()),
        (".csv", table),
        (".tsv", listed),
        (".txt", b"one\ntwo\n\nthree\n%\nfour\n"),
        (".txt", "caf\u00e9 \u4f60\u597d\n".encode("utf-16")),
    ]


def archives() -> list[tuple[str, bytes]]:
    """Compressed files and archives, with names that lead out of them and links."""
    content = _jsonl(ANSWERS)
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as held:
        for name in ("a.jsonl", "../../out.jsonl", "/abs.csv"):
            held.writestr(name, content)
    with tarfile.open(fileobj=tarred, mode="w") as held:
        for name, kind in (("a.jsonl", tarfile.REGTYPE), ("../up.jsonl", tarfile.REGTYPE)):
            info = tarfile.TarInfo(name)
            info.size, info.type = len(content), kind
            held.addfile(info, io.BytesIO(content))
        link = tarfile.TarInfo("link.jsonl")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        held.addfile(link)
    packed = [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
    made = [(f".jsonl{ending}", pack(content)) for ending, pack in packed]
    made += [(".zip", zipped.getvalue()), (".tar", tarred.getvalue())]
    return [*made, (".tar.gz", gzip.compress(tarred.getvalue())), *tables()]


@cache
def tables() -> list[tuple[str, bytes]]:
    try:
        import pyarrow
        from pyarrow import feather, parquet
    except ImportError:
        return []
    table, one, two = pyarrow.Table.from_pylist(ANSWERS), io.BytesIO(), io.BytesIO()
    parquet.write_table(table, one)
    feather.write_feather(table, two)
    return [(".parquet", one.getvalue()), (".feather", two.getvalue())]


def verdicts() -> list[tuple[str, bytes]]:
    """Verdicts on answers and on pairs, as tools write them."""
    singles = [
        {"label": i % 2, "score": i % 5 / 4, "text": "x" * (i + 1), "question": f"q{i % 3}"}
        for i in range(8)
    ]
    pairs = [
        {
            "question": f"q{i % 3}",
            "model_a": "m",
            "model_b": "n",
            "winner": ("model_a", "model_b", "tie")[i % 3],
            "answer_a": "x" * i,
            "answer_b": "y",
        }
        for i in range(8)
    ]
    choices = b"first,second,choice,human\na,b,1,1\nb,a,2,2\nc,d,tie,1\n"
    preferred = [{"prompt": "p", "chosen": "a", "rejected": "b"}] * 3
    return [
        (".jsonl", _jsonl(singles)),
        (".jsonl", _jsonl(pairs)),
        (".json", json.dumps(pairs).encode()),
        (".json", json.dumps(preferred).encode()),
        (".csv", choices),
    ]


def images() -> list[tuple[str, bytes]]:
    """idx files and digits as CSV."""
    pixels = bytes(range(48)) * 4
    idx = b"\0\0\x08\3" + struct.pack(">III", 3, 8, 8) + pixels
    digits = (",".join(["3"] * 64 + ["7"]) + "\n").encode() * 4
    return [(".idx", idx), (".csv", digits), (".idx.gz", gzip.compress(idx))]


def published() -> list[tuple[str, bytes]]:
    """Published points of a figure."""
    rows = [{"arm": "a", "curve": "entropy", "generation": i, "value": i / 2} for i in range(4)]
    table = b"arm,curve,generation,value\na,entropy,1,2.5\nb,entropy,2,1e-3\n"
    return [(".csv", table), (".jsonl", _jsonl(rows))]

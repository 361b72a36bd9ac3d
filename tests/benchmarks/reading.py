"""Seconds of a processor and peak memory of measuring a million answers in a parquet file.

python -m tests.benchmarks.reading [ROWS]
"""

import resource
import sys
import time
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as arrow
from pyarrow import parquet

from collapse.commands.measure.tally import Tally, read
from collapse.files.answers import Columns


def write(path: Path, rows: int) -> None:
    """Answers of some 20 words to 1,000 prompts, of which a half is different."""
    draw = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(5000)])
    texts = [" ".join(words[row]) for row in draw.zipf(1.3, (rows // 2, 20)) % 5000]
    answers = [texts[i] for i in draw.integers(0, len(texts), rows)]
    prompts = [f"prompt {i}" for i in draw.integers(0, 1000, rows)]
    columns = {"prompt": prompts, "completion": answers, "id": np.arange(rows)}
    parquet.write_table(arrow.table(columns), path, row_group_size=100_000)


def main(rows: int) -> None:
    from collapse.cli import main as cli

    with TemporaryDirectory() as folder:
        path = Path(folder) / "answers.parquet"
        write(path, rows)
        print(f"{rows:,} rows, {path.stat().st_size / 1e6:.0f} MB, written with", peak())
        began = time.process_time()
        tally = Tally()
        read([path], Columns(), tally, lambda *_: None)
        print(f"reading: {time.process_time() - began:.1f} s, peak {peak()}")
        del tally
        began = time.process_time()
        sys.argv = ["collapse", "measure", str(path), "--out", f"{folder}/out", "--json"]
        with redirect_stdout(StringIO()), suppress(SystemExit):
            cli.main()
        print(f"collapse measure: {time.process_time() - began:.1f} s, peak {peak()}")


def peak() -> str:
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB"


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)

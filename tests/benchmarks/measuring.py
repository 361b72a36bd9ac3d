"""``collapse measure`` on a million short lines: seconds and peak memory.

    python -m tests.benchmarks.measuring [repeated] [different] [prompts]

Repeated: lines of a Zipf law over 300,000 texts. Different: no two lines are equal, the worst case.
Prompts: the first as JSONL, of two models and 100,000 prompts.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.benchmarks.first_light import machine

LINES = 1_000_000
SCRIPT = (
    "import resource, sys; from collapse.cli import main as cli\n"
    "try: cli.main()\nexcept SystemExit: pass\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, file=sys.stderr)"
)


def lines(kind: str) -> list[str]:
    """A million lines of eight words, of a Zipf law over 20,000."""
    generator = np.random.default_rng(0)
    texts = LINES if kind == "different" else 300_000
    p = 1 / np.arange(1, 20_001)
    words = generator.choice(20_000, (texts, 8), p=p / p.sum())
    known = [" ".join(f"w{x:x}" for x in row) for row in words.tolist()]
    if kind == "different":
        return [f"{text} {i}" for i, text in enumerate(known)]
    q = 1 / np.arange(1, texts + 1)
    return [known[i] for i in generator.choice(texts, LINES, p=q / q.sum())]


def main() -> None:
    print(machine())
    for kind in sys.argv[1:] or ("repeated", "different", "prompts"):
        with tempfile.TemporaryDirectory() as folder:
            path, options = Path(folder) / "lines.txt", []
            if kind == "prompts":
                path, options = path.with_suffix(".jsonl"), ["--prompt", "p", "--group-by", "m"]
                path.write_text(
                    "\n".join(
                        json.dumps({"p": f"prompt {i % 100_000}", "m": "ab"[i % 2], "text": text})
                        for i, text in enumerate(lines("repeated"))
                    )
                )
            else:
                path.write_text("\n".join(lines(kind)))
            call = [sys.executable, "-c", SCRIPT, "measure", str(path), "--out", f"{folder}/out"]
            call += options
            started = time.perf_counter()
            done = subprocess.run(call, capture_output=True, text=True, check=True)
            took = time.perf_counter() - started
            size = path.stat().st_size / 1e6
        peak = float(done.stderr.split()[-1])
        print(
            f"collapse measure, {LINES:,} {kind} lines ({size:.0f} MB): {took:.1f} s "
            f"(floor 120 s), {peak:.2f} GB (floor 2 GB)"
        )


if __name__ == "__main__":
    main()

"""What a run leaves: its curves and a few items as text, in files with known digests."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from collapse.files.atomic import write_arrays, write_whole

SAMPLED_SEEDS = 4  # seeds whose items are kept as text


def samples_of(items: np.ndarray, show: Callable, first_seed: int = 0) -> list[dict]:
    """{generation, seed, items} of the items (S, T + 1, ...) of seeds from ``first_seed`` on, as
    far as they are among the first ``SAMPLED_SEEDS``; by generation and then by seed."""
    rows = range(min(len(items), SAMPLED_SEEDS - first_seed))
    return [
        {
            "generation": t,
            "seed": first_seed + row,
            "items": [str(show(item)) for item in items[row, t]],
        }
        for t in range(items.shape[1])
        for row in rows
    ]


def write_results(
    out: Path, curves: dict[str, np.ndarray], samples: dict[str, list[dict]]
) -> dict[str, str]:
    """Write curves.npz, if there are any, and samples/ARM.jsonl; gives the digest of each file."""
    files = {"curves.npz": write_arrays(out / "curves.npz", curves)} if curves else {}
    for arm, lines in samples.items():
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        write_whole(out / "samples" / f"{arm}.jsonl", text.encode())
        files[f"samples/{arm}.jsonl"] = hashlib.sha256(text.encode()).hexdigest()
    return files

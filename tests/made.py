"""A run on disk that nothing was run for: curves that are known beforehand."""

import hashlib
from pathlib import Path

import numpy as np

from collapse.files.atomic import write_arrays, write_whole
from collapse.runs.manifest_file import DIMS, FORMAT, LIBRARIES, write_manifest


def part(name: str) -> dict:
    return {"class": name}


def made_run(
    directory: Path, arms, curves: dict, meanings: dict, rows=None, done=None, layout=(), **changes
) -> dict:
    """Write a run of these arms; ``curves`` {name: (arm, seed, generation)}, ``meanings`` {name:
    Curve}, ``rows`` {arm: what its rows are}, ``done`` {arm: (seed,)} where it is not finished,
    ``layout`` other fields of its layout. ``changes`` are other fields of its manifest, which is
    given back."""
    whole = {name: np.asarray(curve, float) for name, curve in curves.items()}
    _, seeds, steps = next(iter(whole.values())).shape
    slots = ("truth", "model", "judge", "regime", "learner", "sampler")
    parts = {name: part(name) for name in slots} | {"n": 100, "candidates": 100}
    manifest = {
        "format": FORMAT,
        "scenario": "made",
        "title": "Made by hand",
        "source": "none",
        "data": {},
        "notes": [],
        "labels": {},
        "changes": [],
        "seeds": seeds,
        "generations": steps - 1,
        "dims": DIMS,
        "arms": {
            arm: {"identity": "00", "parts": parts, "rows": (rows or {}).get(arm, "items: made")}
            for arm in arms
        },
        "curves": {name: curve.as_dict() for name, curve in meanings.items()},
        "headline": list(whole),
        "layout": {
            "key": 0,
            "batch_seeds": dict.fromkeys(arms, 32),
            "chunk": dict.fromkeys(arms, 16),
            "precision": "single",
            "backend": "cpu",
            **dict(layout),
        },
        "versions": dict.fromkeys(LIBRARIES, "0"),
        "finished": done is None,
        "done": {arm: list((done or {}).get(arm, [steps - 1] * seeds)) for arm in arms},
    }
    files = {"curves.npz": write_arrays(directory / "curves.npz", whole)}
    for arm in arms:
        write_whole(directory / "samples" / f"{arm}.jsonl", b"")
        files[f"samples/{arm}.jsonl"] = hashlib.sha256(b"").hexdigest()
    manifest |= {"files": files} | changes
    write_manifest(directory, manifest)
    return manifest

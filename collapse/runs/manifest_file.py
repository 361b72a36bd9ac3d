"""The manifest file of a run: its schema, digest, writing and reading.

A run may come from an untrusted source. Nothing in it is run or imported, and names that are used
as file names consist of letters, digits, '.', '_' and '-'.
"""

import hashlib
import json
import re
from pathlib import Path

from collapse.curve import BETTER, Curve
from collapse.errors import UserError
from collapse.files.atomic import read_json, write_json
from collapse.files.schema import (
    Anything,
    Each,
    Fields,
    Finite,
    Named,
    OneOf,
    Text,
    Whole,
    file_errors,
)
from collapse.scenario.scenario import NAME

FORMAT = 3
DIMS = ["arm", "seed", "generation"]
REMEDY = (
    "Delete this file and run the same command again, with as many --seeds: it goes on from "
    "the checkpoints."
)

NAMES = Text(NAME, "a name of letters, digits, '.', '_' and '-'")
DIGEST = Text(re.compile(r"[0-9a-f]{64}"), "a sha256 of 64 hexadecimal digits")
PART = Fields({"class": Text()}, open=True)
SAMPLER = Fields(PART.required, {"of": PART}, open=True)
PARTS = dict.fromkeys(("truth", "model", "judge", "regime", "learner"), PART)
ARM = Fields(
    {
        "identity": Text(re.compile(r"[0-9a-f]+"), "a digest"),
        "rows": Text(),
        "parts": Fields(
            PARTS | {"sampler": SAMPLER, "n": Whole(1), "candidates": Whole(1)}, open=True
        ),
    }
)
CURVE = Fields(
    {
        "unit": Text(),
        "low": Finite(),
        "high": Finite(),
        "better": OneOf(BETTER),
        "heavy": OneOf((True, False)),
    }
)
LAYOUT = Fields(
    {
        "key": Whole(),
        "batch_seeds": Named(Whole(1), NAMES),
        "chunk": Named(Whole(1), NAMES),
        "precision": OneOf(("single", "double")),
        "backend": Text(),
    }
)
LIBRARIES = ("jax", "jaxlib", "equinox", "numpy", "python", "collapse")
MANIFEST = Fields(
    {
        "format": OneOf((FORMAT,)),
        "scenario": NAMES,
        "title": Text(),
        "source": Text(),
        "data": Named(Anything()),
        "notes": Each(Text()),
        "labels": Named(Text(), NAMES),
        "changes": Each(Text()),
        "seeds": Whole(1),
        "generations": Whole(1),
        "dims": OneOf((DIMS,)),
        "arms": Named(ARM, NAMES),
        "curves": Named(CURVE),
        "headline": Each(Text()),
        "layout": LAYOUT,
        "versions": Fields(dict.fromkeys(LIBRARIES, Text()), open=True),
        "finished": OneOf((True, False)),
        "done": Named(Each(Whole(-1)), NAMES),
        "files": Named(DIGEST),
        "digest": DIGEST,
    }
)


def write_manifest(directory: Path, manifest: dict) -> None:
    """Write the manifest with the digest of its other fields."""
    write_json(directory / "manifest.json", sealed(manifest))


def sealed(manifest: dict) -> dict:
    """The manifest with the sha256 of its other fields as ``digest``."""
    rest = {name: value for name, value in manifest.items() if name != "digest"}
    # In the given order, since curves are indexed by the order of the arms.
    text = json.dumps(rest, separators=(",", ":"), allow_nan=False)
    return rest | {"digest": hashlib.sha256(text.encode()).hexdigest()}


def read_manifest(directory: Path) -> dict:
    """The manifest of a run. Raises ``UserError`` with all its errors."""
    path = directory / "manifest.json"
    manifest = read_json(path, REMEDY)
    then = manifest.get("format") if type(manifest) is dict else None
    if type(then) is int and 0 < then < FORMAT:
        raise UserError(
            f"{directory} was written in format {then}, and this version of collapse reads format "
            f"{FORMAT}. Run it again with another --out."
        )
    errors = manifest_errors(manifest)
    if not errors and sealed(manifest)["digest"] != manifest["digest"]:
        errors = ["it is damaged or was changed by hand: its digest does not match"]
    if errors:
        raise UserError(*file_errors(path, errors, REMEDY))
    return manifest


def manifest_errors(manifest: object) -> list[str]:
    """Error sentences for the fields of a manifest. Consistency between fields is checked only if
    each field is valid."""
    if errors := MANIFEST.errors(manifest, ""):
        return errors
    arms, layout = list(manifest["arms"]), manifest["layout"]
    errors = [] if arms else ["arms must name one arm at least"]
    of_arms = {"layout.batch_seeds": layout["batch_seeds"], "layout.chunk": layout["chunk"]}
    for key, value in (of_arms | {"done": manifest["done"]}).items():
        if sorted(value) != sorted(arms):
            errors.append(f"{key} must have the names of the arms, {', '.join(arms)}")
    errors += [f"labels.{k} does not belong to an arm" for k in manifest["labels"] if k not in arms]
    last, seeds = manifest["generations"], manifest["seeds"]
    for name, done in manifest["done"].items():
        if len(done) != seeds:
            errors.append(f"done.{name} must have {seeds} numbers, one per seed, not {len(done)}")
        if max(done, default=-1) > last:
            errors.append(f"done.{name} must be at most {last}, the last generation")
        if manifest["finished"] and min(done, default=-1) < last:
            errors.append(f"done.{name} must be {last} for all seeds, as finished is true")
    for name, curve in manifest["curves"].items():
        try:
            Curve.of(curve)
        except UserError as mistake:
            errors += [f"curves.{name}: {sentence}" for sentence in mistake.sentences]
    needed = ["curves.npz", *(f"samples/{name}.jsonl" for name in arms)]
    if manifest["finished"]:
        errors += [f"files.{k} is missing" for k in needed if k not in manifest["files"]]
    return errors

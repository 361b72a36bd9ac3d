"""The manifest of a run: what was run, and whether another run is the same."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jax

from collapse.errors import UserError
from collapse.files.atomic import is_temporary
from collapse.loop.generation import chunk
from collapse.loop.limits import block_size
from collapse.loop.prepare import rows_reason
from collapse.numerics.pytree import replace
from collapse.runs.checkpoints import generations_of
from collapse.runs.manifest_file import DIMS, FORMAT, read_manifest
from collapse.scenario.identity import describe, identity
from collapse.scenario.scenario import Scenario


def manifest_of(
    scenario: Scenario, key: int, batch_seeds: int | None, out: Path | None = None
) -> dict:
    """The manifest of a run: everything needed to say what was run, and to run it again.

    ``batch_seeds`` are the seeds per block; None: as in the run that is in ``out`` already, else
    chosen by the models.
    """
    sizes = {k: block_size(a, batch_seeds, scenario.seeds) for k, a in scenario.arms.items()}
    if batch_seeds is None and out and (out / "manifest.json").is_file():
        kept = read_manifest(out)["layout"]["batch_seeds"]
        sizes = {k: kept.get(k, size) for k, size in sizes.items()}
    curves = {}
    for arm in scenario.arms.values():
        for measure in arm.measures:
            curves |= {name: curve.as_dict() for name, curve in measure.curves.items()}
    arms = {}
    for name, arm in scenario.arms.items():
        lasting = replace(arm, generations=0)  # a longer run counts as the same run
        arms[name] = {
            "identity": identity(lasting),
            "parts": describe(lasting),
            "rows": rows_reason(arm),
        }
    return {
        "format": FORMAT,
        "scenario": scenario.name,
        "title": scenario.title,
        "source": scenario.source,
        "data": scenario.data,
        "notes": list(scenario.notes),
        "labels": {k: text for k, text in scenario.labels.items() if k in scenario.arms},
        "changes": list(scenario.changes),
        "seeds": scenario.seeds,
        "generations": max(arm.generations for arm in scenario.arms.values()),
        "dims": DIMS,
        "arms": arms,
        "curves": curves,
        "headline": list(scenario.headline),
        "layout": {
            "key": key,
            "batch_seeds": sizes,
            "chunk": {k: chunk(arm) for k, arm in scenario.arms.items()},
            "precision": "double" if jax.config.jax_enable_x64 else "single",
            "backend": jax.default_backend(),
        },
        "versions": versions(),
    }


def versions() -> dict[str, str]:
    """{package: version} of what the bits of a run depend on beside its parts."""
    packages = ("jax", "jaxlib", "equinox", "numpy", "collapse")
    return {name: version(name) for name in packages} | {"python": platform.python_version()}


def previous_of(out: Path, manifest: dict) -> dict | None:
    """The manifest that is in the directory of the same run; None if the directory is new.

    If the manifest file is missing but checkpoints of this run are there, a manifest made from
    them. A lone temporary of a manifest, left by a process that was killed, counts as nothing.
    Raises ``UserError`` for a directory of another run, or with other files.
    """
    if not (out / "manifest.json").is_file():
        if not any(p.is_file() and not is_temporary(p, "manifest.json") for p in out.rglob("*")):
            return None
        generations = generations_of(out, manifest)
        if not generations:
            raise UserError(f"{out} is not empty and holds no run: choose another --out.")
        return manifest | {"generations": generations, "done": {}, "files": {}}
    old = read_manifest(out)
    differs = ["scenario"] if old["scenario"] != manifest["scenario"] else []
    if not differs and old["versions"]["collapse"] != manifest["versions"]["collapse"]:
        then, now = (x["versions"]["collapse"] for x in (old, manifest))
        differs = [f"collapse {then}, which is {now} now"]
    if not differs:
        for name in {**old["arms"], **manifest["arms"]}:
            then, now = (x["arms"].get(name, {}) for x in (old, manifest))
            if then.get("identity") != now.get("identity"):
                fields = differing(then.get("parts"), now.get("parts"))
                differs.append(f"arm {name}" + (f": {', '.join(fields)}" if fields else ""))
        layout = ("key", "batch_seeds", "chunk", "precision")
        differs += [k for k in layout if old["layout"].get(k) != manifest["layout"][k]]
    if differs:
        raise UserError(
            f"{out} belongs to another run of {old['scenario']} (it differs in: "
            f"{'; '.join(differs)}). Choose another directory, for example --out {out}-2."
        )
    return old


def differing(then: Any, now: Any, path: str = "") -> list[str]:
    """Paths of the first three differences between two descriptions of parts; none if one is
    missing."""
    if isinstance(then, dict) and isinstance(now, dict):
        paths = []
        for name in {**then, **now}:
            inner = f"{path}.{name}" if path else name
            paths += differing(then.get(name), now.get(name), inner)
        return paths[:3]
    return [] if then == now or not path else [path]

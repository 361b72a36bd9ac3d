"""The curve file of a run: reading it, and checking it against the manifest."""

import math
from pathlib import Path

import numpy as np

from collapse.errors import UserError
from collapse.files.atomic import AGAIN, UNPACKED, read_arrays, stored_digest
from collapse.files.schema import file_errors


def read_curves(directory: Path, manifest: dict) -> dict[str, np.ndarray]:
    """Every curve (arm, seed, generation), NaN where missing: a run that was killed while it was
    extended has fewer seeds and generations than its manifest says. Raises ``UserError``."""
    path, known = directory / "curves.npz", manifest["files"].get("curves.npz")
    curves = read_arrays(path)
    errors = curve_errors(manifest, curves)
    if known and not errors and stored_digest(path) != known:
        errors = ["it is not the file that this run wrote last"]
    if errors:
        raise UserError(*file_errors(path, errors, AGAIN))
    return {name: _filled(path, curve, shape_of(manifest)) for name, curve in curves.items()}


def shape_of(manifest: dict) -> tuple[int, int, int]:
    """(arms, seeds, generations + 1) of a run, from its manifest."""
    return len(manifest["arms"]), manifest["seeds"], manifest["generations"] + 1


def curve_errors(manifest: dict, curves: dict[str, np.ndarray]) -> list[str]:
    """Error sentences where the curves do not fit the manifest; empty if they do."""
    whole, finished = shape_of(manifest), manifest["finished"]
    errors = [] if curves else ["it holds no curves"]
    for name, curve in curves.items():
        if curve.dtype.kind != "f":
            errors.append(f"{name} must be real numbers, not {curve.dtype}")
        elif curve.ndim != 3 or curve.shape[0] != whole[0]:
            errors.append(
                f"{name} must have shape (arm, seed, generation) = {whole}, not {curve.shape}"
            )
        elif curve.shape != whole if finished else np.greater(curve.shape, whole).any():
            most = "" if finished else "at most "
            errors.append(
                f"{name} must have {most}the shape {whole} of the manifest, not {curve.shape}"
            )
    if len({curve.shape for curve in curves.values()}) > 1:
        errors.append("its curves must have one shape")
    if finished:
        missing = [name for name in manifest["curves"] if name not in curves]
        errors += [f"the curve {name} of the manifest is missing" for name in missing]
    return errors


def _filled(path: Path, curve: np.ndarray, whole: tuple[int, int, int]) -> np.ndarray:
    if curve.shape == whole:
        return curve
    size = math.prod(whole) * curve.itemsize
    if size > UNPACKED:
        from collapse.numerics.device import free_megabytes

        if size > 1e6 * free_megabytes():
            error = f"the manifest needs {size / 1e9:.0f} GB for a curve, more than the free memory"
            raise UserError(
                *file_errors(path, [error], "Check seeds and generations in manifest.json.")
            )
    filled = np.full(whole, np.nan, curve.dtype)
    filled[:, : curve.shape[1], : curve.shape[2]] = curve
    return filled

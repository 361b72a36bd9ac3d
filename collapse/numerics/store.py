"""The store of compiled programs on disk: digests that go into every key, and files that are
ignored unless they are whole."""

import hashlib
import json
import os
import platform
import sys
import tempfile
import zlib
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import jax

from collapse.numerics.descriptions import ROOT

MAGIC = b"collapse program 1\n"
PACKAGES = ("jax", "jaxlib", "equinox", "optax", "numpy")


class Store(NamedTuple):
    """The folder of the programs, and the digests that go into every key."""

    folder: Path
    source: str  # ``source_digest``
    machine: str  # ``machine_digest``


def source_digest() -> str:
    """A digest of the source of the package."""
    digest = hashlib.sha256()
    for path in sorted(ROOT.rglob("*.py")):
        digest.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def machine_digest() -> str:
    """A digest of all else that programs depend on beside their arguments: settings, versions of
    packages, processor."""
    cpu = []
    with suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        cpu = [x for x in dict.fromkeys(lines) if x.startswith(("model name", "flags", "Features"))]
    settings = {k: repr(x) for k, x in sorted(jax.config.values.items()) if "cache" not in k}
    versions = [version(name) for name in PACKAGES]
    flags = os.environ.get("XLA_FLAGS", "")
    about = [settings, versions, sys.version, platform.platform(), platform.processor(), cpu, flags]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()


def read_bytes(path: Path) -> bytes | None:
    """The content of a file of ``write_bytes``; None if it is not there, is damaged or belongs to
    another user."""
    try:
        with path.open("rb") as file:
            if hasattr(os, "getuid") and os.fstat(file.fileno()).st_uid != os.getuid():
                return None
            data = file.read()
        start = len(MAGIC)
        digest, body = data[start : start + 32], data[start + 32 :]
        whole = data[:start] == MAGIC and hashlib.sha256(body).digest() == digest
        return zlib.decompress(body) if whole else None
    except (OSError, zlib.error):
        return None


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file in one step, or not at all: the disk may be full."""
    body = zlib.compress(data, 1)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(MAGIC + hashlib.sha256(body).digest() + body)
            os.replace(temporary, path)
        except OSError:
            os.unlink(temporary)
            raise

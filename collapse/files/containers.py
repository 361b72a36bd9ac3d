"""Files, and what is in archives and folders, as sources of one stream of bytes each.

Plain and compressed files, zip and tar archives of them, folders, patterns such as ``out/*.jsonl``,
parquet shards, and data sets on disk as Hugging Face ``save_to_disk`` writes them. Nothing is
unpacked to the disk: names inside an archive are never used as paths.
"""

import glob
import hashlib
import io
import os
import re
import struct
import tarfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from collapse.errors import UserError
from collapse.files import open as opening
from collapse.files.magic import HEAD, archive, refuse_package
from collapse.files.packing import ERRORS, Damaged, unpacked, zstd_member
from collapse.suggest import listed

DATA = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".parquet", ".pq", ".arrow")
DATA += (".feather",)
TEXT = (".txt", ".text")
PACKED = (".gz", ".bz2", ".xz", ".zst", ".zstd")
NESTED = (".zip", ".tar", ".tgz", ".eval")
# Files beside data that describe them.
ABOUT = re.compile(
    r"(dataset_infos?|dataset_dict|state|config|metadata|manifest|results?_\d.*)\.json$"
    r"|(readme|licen[cs]e|requirements)\b.*",
    re.IGNORECASE,
)
SHARD = re.compile(r"-\d{5}-of-\d{5}$")
DIRECTORY = 8 << 20  # bytes of the directory of a zip file: about 100,000 files
MANY = 10_000  # files of a folder or an archive
SAMPLES = "samples/*"  # the member that stands for all samples of an Inspect log
ZSTD = 93
# Other methods unpack without a limit.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, ZSTD)
# What the standard library raises for damaged archives.
DAMAGE = (
    *(*ERRORS, zipfile.BadZipFile, tarfile.TarError, NotImplementedError),
    *(struct.error, UnicodeDecodeError, OverflowError, KeyError, IndexError),
)


class Source(NamedTuple):
    """A file, or a member of an archive; ``name`` is what its answers are called, if not by it."""

    path: Path
    member: str | None = None
    name: str | None = None

    def __str__(self) -> str:
        return f"{self.path}:{self.member}" if self.member else str(self.path)

    @property
    def stem(self) -> str:
        if self.name:
            return self.name
        member = None if self.member == SAMPLES else self.member
        return plain_name(member or self.path.name)[0]

    @property
    def directory(self) -> str:
        """The name of the directory that it lies in; at the top of an archive, of the archive."""
        within = PurePosixPath((self.member or "").replace("\\", "/")).parent.name
        if self.member:
            return within or plain_name(self.path.name)[0]
        return Path(os.path.abspath(os.path.expanduser(self.path))).parent.name

    @property
    def shard(self) -> bool:
        """Whether it is a part of a set, whose answers go together."""
        place = PurePosixPath(self.member or self.path.name)
        return self.name is not None or bool(SHARD.search(place.stem))

    @property
    def suffix(self) -> str:
        return plain_name(self.member or self.path.name)[1]


def plain_name(name: str) -> tuple[str, str]:
    """The stem and the suffix of a file name, without what compression added."""
    place = PurePosixPath(name.replace("\\", "/"))
    while place.suffix.lower() in PACKED and place.stem:
        place = PurePosixPath(place.stem)
    return SHARD.sub("", place.stem) or place.name, place.suffix.lower()


def sources(paths: Iterable[Path], errors: list[str] | None = None) -> list[Source]:
    """All files to read, with the members of archives and folders. Mistakes are added to
    ``errors``, so that the rest can be read; without it they are raised as a ``UserError``."""
    found: list[Source] = []
    told, errors = errors is not None, [] if errors is None else errors
    for path in paths:
        try:
            members = [one for place in _matching(path) for one in _of_path(place)]
        except UserError as mistake:
            errors += mistake.sentences
            continue
        found += members
    twice = [str(one) for one in dict.fromkeys(found) if found.count(one) > 1]
    errors += [f"{name} is given twice." for name in twice]
    if errors and not told:
        raise UserError(*errors)
    return found


def _matching(path: Path) -> list[Path]:
    """The files that a pattern matches; the path itself if it is none."""
    plain = os.path.expanduser(path)
    if not glob.has_magic(str(path)) or os.path.lexists(plain):
        return [Path(path)]
    found = sorted(glob.glob(plain, recursive=True))
    if not found:
        raise UserError(f"No file matches {path}. Check the pattern.")
    return list(map(Path, found))


def _of_path(path: Path) -> list[Source]:
    place = Path(os.path.expanduser(path))
    if place.is_dir():
        return _folder(path, place)
    with opening.opened(path) as file, undamaged(path):
        if _is_zip(file):
            return [Source(path, member) for member in _zip(file, path)]
        plain, _, _ = unpacked(file, path)
        if archive(plain.peek(HEAD)[:HEAD]) == "tar":
            with tarfile.open(fileobj=plain, mode="r|") as held:
                names = [info.name for info in held if info.isreg()]
            return [Source(path, member) for member in _readable(names, path)]
    return [Source(path)]


def _folder(path: Path, place: Path) -> list[Source]:
    """The files of a folder; of a data set on disk its shards, under one name."""
    if (place / "dataset_dict.json").exists():
        splits = [one for one in sorted(place.iterdir()) if (one / "state.json").exists()]
        return [source for split in splits for source in _shards(split)]
    if (place / "state.json").exists() and any(place.glob("*.arrow")):
        return _shards(place)
    files = [one for one in place.rglob("*") if one.is_file()]
    hidden = [one for one in files if any(p.startswith(".") for p in one.relative_to(place).parts)]
    names = [str(one.relative_to(place)) for one in files if one not in set(hidden)]
    found = []
    for name in _readable(names, path, nested=True):
        within = plain_name(name)[1] in NESTED
        found += _of_path(path / name) if within else [Source(path / name)]
    return found


def _shards(place: Path) -> list[Source]:
    return [Source(file, name=place.name) for file in sorted(place.glob("*.arrow"))]


def _readable(names: list[str], path, nested: bool = False) -> list[str]:
    """The names of files of data among those of an archive or folder; of texts, if there are no
    others."""
    kept = [name for name in names if "__MACOSX" not in name and not _beside(name)]
    kinds = DATA + (NESTED if nested else ())
    data = [name for name in kept if plain_name(name)[1] in kinds]
    data = data or [n for n in kept if plain_name(n)[1] in TEXT]
    if not data:
        what = f", only {listed(sorted(names), 5)}" if names else ""
        inner = any(plain_name(name)[1] in NESTED for name in names)
        hint = " An archive inside it is not read: unpack it, and give that." if inner else ""
        raise UserError(
            f"{path} holds no file of answers{what}. Read are {listed((*DATA, *TEXT))}, each also "
            f"with {listed(PACKED)}.{hint}"
        )
    if len(data) > MANY:
        raise UserError(
            f"{path} holds {len(data):,} files, and at most {MANY:,} are read. Give some of them."
        )
    return sorted(data)


def _beside(name: str) -> bool:
    last = PurePosixPath(name).name
    return last.startswith(".") or bool(ABOUT.match(last))


def _is_zip(file) -> bool:
    """Whether a file is a zip archive, and not a tar archive that ends with one. The file is at its
    start again."""
    head = file.read(HEAD)
    found = archive(head) != "tar" and zipfile.is_zipfile(file)
    file.seek(0)
    return found


def _zip(file, path) -> list[str]:
    if _directory(file) > DIRECTORY:
        raise UserError(
            f"{path} holds more files, or larger ones, than are read from a zip file. Unpack"
            " it, and give the files themselves."
        )
    with zipfile.ZipFile(file) as held:
        infos = {info.filename: info for info in held.infolist() if not info.is_dir()}
    if "header.json" in infos and any(name.startswith("samples/") for name in infos):
        names = [SAMPLES]
        used = [info for name, info in infos.items() if name.startswith("samples/")]
    else:
        try:
            names = _readable(list(infos), path)
        except UserError:
            refuse_package(list(infos), path)
            raise
        used = [infos[name] for name in names]
    other = [info.filename for info in used if info.compress_type not in METHODS]
    if other:
        raise UserError(f"{path}:{other[0]} has an unsupported compression. Unpack it first.")
    if sum(info.file_size for info in used) > opening.UNPACKED:
        most = opening.UNPACKED // opening.MIB
        raise UserError(f"{path} unpacks to more than {most:,} MiB. Give a part of its files.")
    return names


def _directory(file) -> int:
    """Bytes of the directory at the end of a zip file; above the limit for the Zip64 format of more
    than 65,535 files or 4 GiB."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - (1 << 16) - 42))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if tail[max(at - 20, 0) :].startswith(b"PK\6\7"):
        return DIRECTORY + 1
    return struct.unpack_from("<L", tail, at + 12)[0]


@contextmanager
def undamaged(source):
    """Turn errors of a damaged compressed file into a ``UserError``."""
    try:
        yield
    except DAMAGE as error:
        raise UserError(
            f"{source} is a damaged or truncated compressed file ({error}). Download it again."
        ) from None
    except RuntimeError as error:  # zipfile, for a file with a password
        raise UserError(f"{source} cannot be unpacked: {error}.") from None


def digest(path: Path) -> str:
    """The sha256 of a file; of a folder, of its readable files."""
    if os.path.isdir(os.path.expanduser(path)):
        parts = [digest(source.path) for source in _of_path(path)]
        return hashlib.sha256("".join(parts).encode()).hexdigest()
    with opening.opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Opened(NamedTuple):
    """A source being read: its plain bytes, how they were compressed, the bytes read so far of
    ``size``, and the bytes after decompression."""

    plain: io.BufferedReader
    packed: list[str]
    done: Callable[[], int]
    size: int
    out: Callable[[], int]

    @property
    def head(self) -> bytes:
        return self.plain.peek(HEAD)[:HEAD]


@contextmanager
def opened(source: Source) -> Iterator[Opened]:
    """Open the plain bytes of a source. A damaged file is a ``UserError``."""
    with opening.opened(source.path) as raw, undamaged(source):
        size = os.fstat(raw.fileno()).st_size
        if source.member is None:
            yield _opened(raw, source, raw.tell, size)
        elif _is_zip(raw):
            with zipfile.ZipFile(raw) as held:
                info = held.getinfo(source.member)
                with member(raw, held, info, source) as stream:
                    count = opening.Capped(stream, source)
                    yield _opened(count, source, lambda: count.count, info.file_size)
        else:
            plain, _, _ = unpacked(raw, source)
            with tarfile.open(fileobj=plain, mode="r|") as held:
                info = next(one for one in held if one.name == source.member and one.isreg())
                stream = held.extractfile(info)
                if stream is None:
                    raise Damaged("a member has no content")
                count = opening.Capped(stream, source)
                yield _opened(count, source, lambda: count.count, info.size)


@contextmanager
def member(raw, held: zipfile.ZipFile, info: zipfile.ZipInfo, place):
    """The bytes of a member of a zip file."""
    if info.compress_type == ZSTD:
        yield zstd_member(raw, info, place)
    else:
        with held.open(info) as stream:
            yield stream


def _opened(stream, source: Source, done: Callable[[], int], size: int) -> Opened:
    plain, layers, count = unpacked(stream, source)
    return Opened(plain, layers, done, size, done if count is None else lambda: count.count)


def seekable(file: Opened, source: Source):
    """A table as a file in which one can go back: from the disk, or held in memory."""
    if not file.packed and source.member is None:
        return file.plain
    data = file.plain.read(opening.LARGEST + 1)
    opening.refuse_large(len(data), source, opening.LARGEST)
    return io.BytesIO(data)

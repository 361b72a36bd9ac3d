"""One process at a time in a directory that is written to."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from collapse.errors import UserError

try:
    import fcntl
except ImportError:  # not a Unix: two processes are not told apart
    fcntl = None


@contextmanager
def locked(directory: Path | None) -> Iterator[None]:
    """Hold a directory, which is made if it is not there, until the block ends or the process does.
    Raises ``UserError`` if another process, or another thread of this one, holds it. None: nothing
    is held."""
    if directory is None or fcntl is None:
        yield
        return
    before = directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    handle = os.open(directory, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"Another process works in {directory}: wait for it, or choose another --out."
            ) from None
        except OSError:  # a file system without locks
            pass
        yield
    except BaseException:
        if not before:  # nothing was written: nothing stays
            with suppress(OSError):
                directory.rmdir()
        raise
    finally:
        os.close(handle)

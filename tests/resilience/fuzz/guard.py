"""What no input may do: fail without a sentence, take long, write, run anything, use the network.

Python's audit events (PEP 578) tell of every file that is opened and of every process. Compiled
programs that jax keeps are no matter here.
"""

import os
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

import jax

from collapse.errors import UserError
from tests.conftest import CACHE
from tests.resilience.fuzz.targets import Target

SECONDS = 20  # of one case, on a busy machine
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
FORBIDDEN = (
    *("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn"),
    *("subprocess.Popen", "socket.connect", "pickle.find_class", "ctypes.dlopen", "os.remove"),
    *("os.rename", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.chmod", "os.chown"),
    *("os.truncate", "shutil.rmtree", "shutil.move", "shutil.unpack_archive", "urllib.Request"),
)


class Hang(BaseException):
    """A case took longer than ``SECONDS``."""


class Guard:
    """Watches calls, as soon as one is made through it."""

    def __init__(self):
        self.thread: int | None = None
        self.seen: list[str] = []
        sys.addaudithook(self._hook)
        signal.signal(signal.SIGALRM, self._hang)

    def __call__(self, target: Target, case: Any) -> str:
        """What is wrong with how a case was taken; nothing if it gave a result or a sentence."""
        put = target.put(case)
        self.seen, self.thread = [], threading.get_ident()
        signal.alarm(SECONDS)
        try:
            target.check(put)
        except UserError as mistake:
            if not all(map(str.strip, mistake.sentences)) or not mistake.sentences:
                self.seen.append("a UserError without a sentence")
        except OSError as error:  # such as a name too long: the command line says so, exit code 2
            if not error.strerror:
                self.seen.append(repr(error))
        except Hang:
            self.seen.append(f"more than {SECONDS} s")
        except BaseException as error:
            self.seen.append("".join(traceback.format_exception(error, limit=-4)))
        finally:
            self.thread = None
            signal.alarm(0)
        return "\n".join(self.seen)

    def _hang(self, *_) -> None:
        if self.thread is not None:
            raise Hang

    def _hook(self, event: str, arguments: tuple) -> None:
        if self.thread != threading.get_ident():
            return
        if event == "open":
            path, mode, flags = arguments
            writes = flags & WRITES if isinstance(flags, int) else set("wax+") & set(mode or "")
            if writes and path != "/dev/null" and not _kept(path) and not _importing():
                self.seen.append(f"opened {path!r} to write")
        elif event in FORBIDDEN and not _kept(arguments[0]) and not _importing():
            self.seen.append(f"{event} {arguments!r}"[:200])
        elif event == "exec" and not _importing():
            name = getattr(arguments[0], "co_filename", "")
            if name.startswith(("/tmp", "<")) and not name.startswith("<frozen"):
                self.seen.append(f"code was run: {name}")


def _kept(path) -> bool:
    """Whether it is a compiled program that jax keeps. It goes on with the directory that it was
    first told, which may be that of the tests, when the command line tells it another."""
    told = str(path).startswith(str(jax.config.jax_compilation_cache_dir or "\n"))
    return told or str(path).startswith(str(CACHE))


def _importing() -> bool:
    """Whether a module is being imported, which may compile and make what it likes."""
    frame = sys._getframe(2)
    while frame:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False


def peak_megabytes() -> float:
    """The most memory that this process has had."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0

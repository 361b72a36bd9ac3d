"""Coverage-guided fuzzing of one target by atheris (libFuzzer), if it is installed.

Bytes that reach new lines of the readers and grammars are kept and changed further. They are read
as what a random generator gives, so that a target needs no second way to make its cases.
"""

import random
import sys
import tempfile

from tests.resilience.fuzz.guard import Guard
from tests.resilience.fuzz.targets import Target

READ = ("collapse.files", "collapse.sweeps", "collapse.scenario", "collapse.runs")
READ += ("collapse.commands.calibrate", "collapse.commands.measure", "collapse.data")


class Steered(random.Random):
    """Random numbers that are the next bytes of an input, and zero after its end."""

    def __init__(self, data: bytes):
        super().__init__(0)
        self.data, self.at = data, 0

    def getrandbits(self, k: int) -> int:
        size = -(-k // 8)
        piece = self.data[self.at : self.at + size].ljust(size, b"\0")
        self.at += size
        return int.from_bytes(piece, "little") >> (8 * size - k)

    def random(self) -> float:
        return self.getrandbits(32) / 2**32

    def _randbelow(self, n: int) -> int:  # the base class asks again until a number is below n
        return self.getrandbits(max(n.bit_length(), 8)) % n if n else 0


def guided(target: Target, cases: int) -> int:
    """Run that many cases of a target; 1 at the first that fails. Ends the process."""
    try:
        import atheris
    except ImportError:
        print("atheris is not installed: pip install 'collapse[fuzz]'.", file=sys.stderr)
        return 2
    guard = Guard()
    for name, module in list(sys.modules.items()):
        if name.startswith(READ) and module is not None:
            for key, value in list(vars(module).items()):
                if getattr(value, "__module__", None) == name and hasattr(value, "__code__"):
                    setattr(module, key, atheris.instrument_func(value))

    def one(data: bytes) -> None:
        case = target.make(Steered(data))
        if wrong := guard(target, case):
            raise AssertionError(f"{case!r:.600}\n{wrong}")

    prefix = f"-artifact_prefix={tempfile.gettempdir()}/"  # what failed is printed too
    atheris.Setup(
        [sys.argv[0], f"-atheris_runs={cases}", "-max_len=512", "-len_control=0", prefix], one
    )
    atheris.Fuzz()
    return 0

"""A directory is held by one process at a time, and is free once that one has ended."""

import subprocess
import sys

import pytest

from collapse import UserError
from collapse.files.lock import locked

HOLD = """
import sys
from pathlib import Path
from collapse.files.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path):
    place = tmp_path / "run"
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", HOLD, str(place)]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(UserError, match="Another process works in"), locked(place):
            pass
        other.kill()  # nothing is released by hand
    with locked(place):
        pass


def test_it_is_released_at_the_end_and_after_an_error(tmp_path):
    with pytest.raises(ValueError, match="mine"), locked(tmp_path):
        raise ValueError("mine")
    with locked(tmp_path), pytest.raises(UserError), locked(tmp_path):
        pass
    with locked(None):
        pass

"""A few faults of each kind; all of them by ``python -m tests.resilience``.

Nothing may be lost, and nothing may be silently wrong.
"""

import errno

import pytest

from collapse.files.atomic import write_whole
from tests.resilience import damage, disks, kills, other
from tests.resilience.ledger import Ledger
from tests.resilience.place import Undisturbed
from tests.resilience.victims import Victims

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return Undisturbed(tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="module")
def victims():
    made = Victims()
    yield made
    made.close()


@pytest.fixture
def ledger():
    """Counts, of which none may be lost or wrong in the end."""
    made = Ledger()
    yield made
    assert made.rows
    assert made.bad == []
    assert all(row.survived == row.injected for row in made.rows.values()), made.rows


def test_killed_at_random_moments(ledger, whole, victims, tmp_path):
    kills.kill_everything(ledger, whole, victims, tmp_path, 1)


def test_two_processes_and_ctrl_c_twice(ledger, whole, victims, tmp_path):
    kills.two_at_once(ledger, whole, victims, tmp_path)
    kills.interrupt_twice(ledger, whole, victims, tmp_path, 1)
    assert ledger.rows["two processes, one directory"].named == 2


def test_disks_that_are_full_or_read_only(ledger, whole, victims, tmp_path):
    disks.fail_everywhere(ledger, whole, tmp_path, 40)
    disks.limit_files(ledger, whole, victims, tmp_path, (1000,))
    disks.refuse_places(ledger, tmp_path)
    assert all(row.named == row.injected for row in ledger.rows.values())


def test_damaged_files_of_a_run(ledger, whole, tmp_path):
    damage.damage_run(ledger, whole, tmp_path, 1, every=6)
    assert (
        ledger.rows["file of a run swapped"].named == ledger.rows["file of a run swapped"].injected
    )


def test_damaged_files_of_a_sweep(ledger, whole, tmp_path):
    damage.damage_sweep(ledger, whole, tmp_path, 1, every=6)


def test_clocks_and_memory(ledger, whole, tmp_path):
    other.turn_clocks(ledger, whole, tmp_path)
    other.starve(ledger)
    assert ledger.rows["point of a sweep out of memory"].named == 2


def test_the_ledger_can_tell():
    """A bit that is other, and a run that does not come back."""
    ledger = Ledger()
    ledger.count("flip", True)
    ledger.count("flip", False)
    ledger.count("flip", True, wrong="other numbers")
    row = ledger.rows["flip"]
    assert (row.injected, row.survived, row.lost, row.wrong) == (3, 1, 1, 1)
    assert ledger.lines()[-1] == "| **all** | 3 | 0 | 1 | 1 | 1 |"


def test_a_disk_fails_at_the_step_that_was_asked_for(tmp_path):
    """Else the cases above would inject nothing."""
    for number, what in enumerate(["mkstemp", "write", "replace"], 2):
        with (
            disks.failing(tmp_path, number, errno.ENOSPC) as failed,
            pytest.raises(OSError, match="No space left"),
        ):
            write_whole(tmp_path / "a", b"x")
        assert failed == [what]
        assert not list(tmp_path.iterdir())
    with disks.failing(tmp_path, 5, errno.ENOSPC) as failed:
        write_whole(tmp_path / "a", b"x")
    assert not failed

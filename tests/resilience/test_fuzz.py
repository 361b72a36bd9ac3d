"""A few thousand cases of hostile input; any number by ``python -m tests.resilience.fuzz``."""

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.resilience.fuzz.guard import Guard, peak_megabytes
from tests.resilience.fuzz.guided import Steered
from tests.resilience.fuzz.targets import Files, Target

CASES = 200  # of each target
SLOW = {"--set": 60, "names": 40, "text that is shown": 100}
MEGABYTES = 300  # that all cases together may add to the peak
CHECKS = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]


@pytest.fixture(scope="module")
def guard():
    return Guard()


@pytest.fixture(scope="module")
def targets(tmp_path_factory):
    made = Files(tmp_path_factory.mktemp("fuzz")).targets()
    assert len(made) == len(NAMES)
    return {target.name: target for target in made}


NAMES = (
    *("--over", "--set", "--value", "--such-that", "names", "options of figure"),
    *("text that is shown", "answers", "archives", "verdicts", "images", "published points"),
    *("profile of a queue", "manifest", "run directory", "checkpoint", "record of a sweep"),
)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_result_or_a_sentence(name, guard, targets):
    target = targets[name]
    before = peak_megabytes()

    @settings(
        max_examples=SLOW.get(name, CASES),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=CHECKS,
    )
    @given(st.randoms(use_true_random=False))
    def hold(random):
        case = target.make(random)
        assert not guard(target, case), case

    hold()
    assert peak_megabytes() - before < MEGABYTES


def test_any_bytes_steer_every_target(targets):
    """As libFuzzer gives them; the same bytes make the same case."""
    for target in targets.values():
        for data in (b"", b"\xff" * 64, bytes(range(256))):
            assert repr(target.make(Steered(data))) == repr(target.make(Steered(data)))


def test_the_guard_sees_what_it_is_for(guard, tmp_path):
    """Another exception, a file that is written, a process, code from a string, a pickle."""
    wrong = {
        "ZeroDivisionError": lambda _: 1 / 0,
        "to write": lambda _: (tmp_path / "x").write_text("y"),
        "subprocess.Popen": lambda _: subprocess.run([sys.executable, "-V"], check=True),
        "code was run": lambda _: exec("pass"),
        "pickle.find_class": lambda _: __import__("pickle").loads(b"cos\nsystem\n."),
        "os.mkdir": lambda _: (tmp_path / "z").mkdir(),
    }
    for seen, check in wrong.items():
        assert seen in guard(Target("one", lambda random: 0, check), 0)
    assert not guard(Target("one", lambda random: 0, lambda _: None), 0)


# Faults that fuzzing found, each the smallest case of its kind.
FOUND = [
    ("--over", ["n=1:2:nan"]),
    ("--over", ["n=1:2:inf"]),
    ("--set", ["measures.²=1"]),
    ("--set", ["measures." + "9" * 5000 + "=1"]),
    ("--set", ["b:n=5000000000"]),
    ("--set", ["n=" + "9" * 400]),
    ("--value", "model_entropy@nan"),
    ("--value", "model_entropy@1e400"),
    ("--such-that", "model_entropy@" + "9" * 400 + " >= 1"),
    ("--such-that", "model_entropy@" + "9" * 5000 + " >= 1"),
    ("published points", (".csv", b"arm,curve,generation,value\na,entropy,1,x\n")),
    ("published points", (".csv", b"arm,curve,generation,value\na,entropy,1,inf\n")),
    ("published points", (".json", b'[{"arm":"a","curve":"entropy","generation":1,"value":1},{}]')),
    ("published points", (".json", b'[{"arm":[],"curve":{},"generation":1,"value":1}]')),
    ("profile of a queue", (".toml", b"queue = '\xff'\n")),
    ("profile of a queue", (".toml", b"a = " + b"[" * 5000)),
]


@pytest.mark.parametrize(("name", "case"), FOUND)
def test_what_was_found_is_a_sentence(name, case, guard, targets):
    from collapse import UserError

    target = targets[name]
    assert not guard(target, case)
    with pytest.raises(UserError):
        target.check(target.put(case))


def test_a_temperature_without_end_is_a_number(guard, targets):
    assert not guard(targets["--set"], ["b:sampler.temperature=" + "9" * 400])

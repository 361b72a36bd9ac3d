"""Workers in other processes: the same bits, whatever dies, and nothing of other versions."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import collapse as c
from collapse.runs.manifest import versions
from collapse.scenario.load import load_judge
from collapse.sweeps.axes import axes_of
from collapse.sweeps.executors import executor_of, profile_of
from collapse.sweeps.points import planned
from collapse.sweeps.remote import run_group
from collapse.sweeps.sweep import _scenario
from collapse.sweeps.tasks import pack, run_packed

OVER = {"regime.share": [0.1, 0.3, 0.5], "n": [20, 40]}
DIES = """
import os
from pathlib import Path
import equinox as eqx
import jax.numpy as jnp
import collapse as c


class Dies(c.Judge):
    \"\"\"Ends its process while it is traced: always, or only the first time.\"\"\"

    once: bool = eqx.field(static=True, default=False)
    caller: int = eqx.field(static=True, default=0)
    mark: str = eqx.field(static=True, default="")

    def weigh(self, key, view, reward):
        if os.getpid() != self.caller and not (self.once and Path(self.mark).exists()):
            Path(self.mark).touch()
            os._exit(1)
        return jnp.ones(view.items.shape[0])
"""


def arm(judge=None):
    truth = c.Categorical(np.full(10, 0.1))
    parts = {"truth": truth, "regime": c.FreshMix(0.1), "measures": (c.ModelDiversity(),)}
    return c.Arm(**parts, judge=judge or c.KeepAll(), n=20, generations=3)


def entropy(found):
    return [found.curves(i, "arm")["model_entropy"] for i in range(len(found.points))]


@pytest.mark.slow
def test_any_executor_gives_the_same_bits(tmp_path):
    here = c.sweep(arm(), OVER, seeds=2)
    with ThreadPoolExecutor(2) as threads:
        there = c.sweep(arm(), OVER, seeds=2, out=tmp_path, executor=threads)
    np.testing.assert_array_equal(entropy(here), entropy(there))
    assert there.run == 6


def test_a_worker_with_other_versions_refuses():
    _, (group, *_) = planned(_scenario(arm(), 2), axes_of({"n": [20]}), 0)
    files, packed, mine, asker = pack(run_group, group, 0, 2)
    assert mine == versions()
    found, failed = run_packed(files, packed, mine, "another process")
    assert not failed
    assert found.keys() == group.arms.keys()
    with pytest.raises(c.UserError, match=r"A worker has other versions: jax .*, not 0.0.1"):
        run_packed(files, packed, mine | {"jax": "0.0.1"}, asker)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("ray:2", "--executor is local:K, tcp://ADDRESS"),
        ("local", "--executor is local:K"),
        ("local:many", "K must be a number of processes"),
        ("local:0", "K must be a number of processes"),
        ("slurm:no.toml", "no.toml cannot be read"),
    ],
)
def test_executors_that_are_none(text, sentence):
    with pytest.raises(c.UserError, match=sentence), executor_of(text):
        pass


def test_the_profile_of_a_queue_is_that_of_its_jobs(tmp_path):
    jobqueue = pytest.importorskip("dask_jobqueue")
    path = tmp_path / "profile.toml"
    path.write_text('queue = "short"\ncores = 2\nmemory = "8GB"\nwalltime = "00:20:00"\n')
    profile = profile_of(path, "slurm:profile.toml")
    cluster = jobqueue.SLURMCluster(**profile, n_workers=0)
    try:
        script = cluster.job_script()
    finally:
        cluster.close()
    assert "#SBATCH -p short" in script
    assert "#SBATCH -t 00:20:00" in script


@pytest.mark.slow
def test_two_processes_a_judge_of_a_file_and_a_worker_that_dies(tmp_path):
    """The workers have no file of the judge. One that dies once is replaced; a point that always
    kills is told, and takes no other along."""
    file = tmp_path / "dies.py"
    file.write_text(DIES)
    loaded = type(load_judge(f"{file}:Dies"))
    judge = {"caller": os.getpid(), "mark": str(tmp_path / "mark")}
    expected = c.sweep(arm(loaded(once=True, **judge)), OVER, seeds=2)
    with executor_of("local:2") as executor:
        once = c.sweep(arm(loaded(once=True, **judge)), OVER, seeds=2, executor=executor)
        judges = [c.KeepAll(), loaded(**judge), c.RandomFraction(0.5)]
        always = c.sweep(arm(), {"judge": judges}, seeds=2, executor=executor)
    assert not once.failed
    np.testing.assert_array_equal(entropy(once), entropy(expected))
    assert (tmp_path / "mark").exists()
    assert list(np.isnan(always.values())) == [False, True, False]
    assert "Its worker died (KilledWorker)" in always.estimates[1]["arm"].reason


SWEPT = """
import sys
import numpy as np
import collapse as c
from collapse.sweeps.executors import executor_of
from tests.sweeps.test_remote import arm

if __name__ == "__main__":
    with executor_of(sys.argv[2]) as executor:
        over = {"n": [10 + k for k in range(12)]}
        found = c.sweep(arm(), over, seeds=2, out=sys.argv[1], executor=executor)
        sys.exit(len(found.failed))
"""


def swept(place, where, script):
    return subprocess.Popen(
        [sys.executable, str(script), str(place), where], start_new_session=True
    )


@pytest.mark.slow
def test_killed_half_way_and_resumed_is_as_never_stopped(tmp_path):
    script = tmp_path / "swept.py"
    script.write_text(SWEPT)
    points = tmp_path / "out" / "points"
    first = swept(tmp_path / "out", "local:2", script)
    until = time.monotonic() + 240
    while not points.is_dir() or len(list(points.glob("*.npz"))) < 3:
        assert time.monotonic() < until
        assert first.poll() is None
        time.sleep(0.1)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    there = len(list(points.glob("*.npz")))
    assert 3 <= there < 12
    assert swept(tmp_path / "out", "local:2", script).wait(timeout=240) == 0
    whole = c.sweep(arm(), {"n": [10 + k for k in range(12)]}, seeds=2)
    resumed = c.sweep(arm(), {"n": [10 + k for k in range(12)]}, seeds=2, out=tmp_path / "out")
    assert resumed.run == 0
    np.testing.assert_array_equal(entropy(whole), entropy(resumed))


@pytest.mark.slow
def test_a_scheduler_that_is_gone_and_comes_back(tmp_path):
    """The sweep ends with a sentence for what it could not get; with a new scheduler the same call
    runs the rest."""
    distributed = pytest.importorskip("distributed")
    script = tmp_path / "swept.py"
    script.write_text(SWEPT)
    points = tmp_path / "out" / "points"

    def cluster(port):
        begin = {
            "start_new_session": True,
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL,
        }
        command = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
        command += ["--host", "127.0.0.1", "--port", str(port), "--no-dashboard"]
        scheduler = subprocess.Popen(command, **begin)
        worker = [sys.executable, "-m", "distributed.cli.dask_worker", f"tcp://127.0.0.1:{port}"]
        worker += ["--nthreads", "1", "--no-dashboard", "--nworkers", "1"]
        time.sleep(2)
        return scheduler, subprocess.Popen(worker, **begin)

    ended = []
    for port in (18786, 18787):
        processes = cluster(port)
        run = swept(tmp_path / "out", f"tcp://127.0.0.1:{port}", script)
        until = time.monotonic() + 240
        while port == 18786 and len(list(points.glob("*.npz")) if points.is_dir() else []) < 2:
            assert time.monotonic() < until
            assert run.poll() is None
            time.sleep(0.1)
        if port == 18786:
            os.killpg(processes[0].pid, signal.SIGKILL)
        ended.append(run.wait(timeout=240))
        for process in processes:
            process.kill()
            process.wait()
    assert ended[0] != 0
    assert ended[1] == 0
    assert len(list(points.glob("*.npz"))) == 12
    assert distributed.__version__

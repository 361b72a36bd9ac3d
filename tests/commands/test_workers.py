"""``verify`` and ``reproduce`` on executors: the same rows and the same bits as without one."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import numpy as np
import pytest

from collapse.commands.reproduce import command as reproducing
from collapse.commands.verify import command as verifying
from tests.clusters import cluster

COIN = '''"""A coin on its own tosses"""

import numpy as np

import collapse as cl
from collapse.scenario.published import comparison, number

from odds import ODDS


def draws(key, seeds):
    return {"curves": {"x": np.random.default_rng(0).normal(2.0, 0.1, seeds)}}


def scenario(size: str = "quick") -> cl.Scenario:
    coin = cl.Categorical(np.array(ODDS))
    arms = {
        name: cl.Arm(truth=coin, regime=regime, measures=(cl.ModelDiversity(),), n=20,
                     generations=3)
        for name, regime in (("replace", cl.Replace()), ("fresh", cl.FreshMix(0.5)))
    }
    claims = (
        number("law", "eq. 1", lambda r: r["curves"]["replace/model_gini"][:, [2, 3]],
               lambda t: 0.42 * (1 - 1 / 20) ** t, (2, 3)),
        number("draws", "table 1", "x", 2.0, evidence="draws"),
    )
    return comparison(arms, evidence={"draws": draws}, name="NAME", paper="shumailov2024",
                      minutes={"quick": 0.1}, seeds=40, claims=claims)
'''
LAW = """"A law"
import numpy as np
import collapse
from collapse import Categorical

def draws(key, n):
    return {"curves": {"x": np.random.default_rng(0).normal(size=n)}}


def scenario():
    arm = collapse.Arm(truth=Categorical(np.full(4, 0.25)), measures=(collapse.ModelDiversity(),),
                       n=12, generations=2)
    claims = [collapse.Claim("mean", "law", "none", "draws", "x", MEAN)]
    claims += [collapse.Claim("gini", "law", "none", "arm", "model_gini",
                              lambda t: 0.75 * (1 - 1 / 12) ** t, at=(2,))]
    return collapse.Scenario("s", "t", {"arm": arm}, "none", (), 200, claims=tuple(claims),
                             evidence={"draws": draws})
"""


@pytest.fixture
def coins(tmp_path):
    """Two scenarios with claims of a paper, each with a module of the same name beside it."""
    files = []
    for name, odds in (("coin", "[0.3, 0.7]"), ("dime", "[0.7, 0.3]")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "odds.py").write_text(f"ODDS = {odds}\n")
        files.append(tmp_path / name / f"{name}.py")
        files[-1].write_text(COIN.replace("NAME", name))
    return files


@pytest.fixture
def laws(tmp_path):
    files = [tmp_path / "good.py", tmp_path / "bad.py"]
    for file, mean in zip(files, ("0.0", "2.0"), strict=True):
        file.write_text(LAW.replace("MEAN", mean))
    return files


def document(out):
    """A document of ``reproduce`` without times and places."""
    made = json.loads(out)
    made.pop("written")
    for row in made["scenarios"]:
        row.pop("seconds")
        row["directory"] = row["directory"].split("/", 1)[1]
    return made


def arrays(place):
    """{file: arrays} below a directory."""
    found = {}
    for path in sorted(place.rglob("*.npz")):
        with np.load(path) as loaded:
            found[str(path.relative_to(place))] = dict(loaded)
    return found


def same_bits(one, other):
    one, other = arrays(one), arrays(other)
    assert one.keys() == other.keys()
    assert any("checkpoints" in name for name in one)
    assert any("evidence" in name for name in one)
    for name, held in one.items():
        assert held.keys() == other[name].keys()
        for key, array in held.items():
            np.testing.assert_array_equal(array, other[name][key], err_msg=f"{name} {key}")


def threads(monkeypatch, module):
    """``--executor local:2`` of a command as two threads."""

    @contextmanager
    def named(text):
        assert text == "local:2"
        with ThreadPoolExecutor(2) as pool:
            yield pool

    monkeypatch.setattr(module, "executor_of", named)


@pytest.mark.slow
def test_any_executor_gives_the_rows_of_verify(run, laws, monkeypatch):
    _, (first, second) = laws, [str(file) for file in laws]
    code, here, _ = run("verify", first, "--json")
    assert code == 0
    threads(monkeypatch, verifying)
    code, there, err = run("verify", first, "--executor", "local:2", "--json")
    assert (code, json.loads(there)["claims"]) == (0, json.loads(here)["claims"]), err
    code, both, _ = run("verify", first, second, "--executor", "local:2", "--json")
    assert code == 1
    assert [row["verdict"] for row in json.loads(both)["claims"]] == ["FAILS", *["passes"] * 3]


def test_any_executor_reproduces_the_same_bits_and_repeats_nothing(
    run, coins, tmp_path, monkeypatch
):
    for coin in coins:
        code, *_ = run("reproduce", coin, "--json", "--out", f"here/{coin.stem}")
        assert code == 0
        shutil.copytree(tmp_path / f"here/{coin.stem}", tmp_path / "both", dirs_exist_ok=True)
    threads(monkeypatch, reproducing)
    asked = ("reproduce", *coins, "--executor", "local:2", "--json", "--out", "there")
    code, there, err = run(*asked)
    assert code == 0, err
    assert {row["verdict"] for row in json.loads(there)["claims"]} == {"holds"}
    same_bits(tmp_path / "both", tmp_path / "there")
    written = {path: path.stat().st_mtime_ns for path in (tmp_path / "there").rglob("*.npz")}
    code, again, _ = run(*asked)
    assert document(again) == document(there)
    assert {path: path.stat().st_mtime_ns for path in written} == written


@pytest.mark.parametrize("command", ["verify", "reproduce"])
def test_executors_that_are_none_are_refused_before_anything_is_computed(
    run, laws, coins, tmp_path, command, monkeypatch
):
    monkeypatch.setattr("collapse.scenario.load.load_file", lambda *_: pytest.fail("loaded"))
    monkeypatch.setattr("collapse.commands.verify.command.start_jax", lambda *_: pytest.fail("jax"))
    file = laws[0] if command == "verify" else coins[0]
    for text, sentence in (
        ("ray:2", "--executor is local:K, tcp://ADDRESS"),
        ("local:0", "K must be a number of processes, 1 or more"),
        ("slurm:no.toml", "no.toml cannot be read"),
    ):
        code, out, err = run(command, file, "--executor", text)
        assert (code, out) == (2, "")
        assert sentence in err
    assert not (tmp_path / "reproduced").exists()


@pytest.mark.slow
def test_two_workers_of_a_scheduler_give_the_same(run, coins, laws, tmp_path):
    """Workers in a folder of their own, which have none of the files."""
    pytest.importorskip("distributed")
    _, claims, _ = run("verify", *laws, "--json")
    _, papers, _ = run("reproduce", *coins, "--json", "--out", "here")
    with cluster(tmp_path / "elsewhere", None, None) as address:
        on = ("--executor", address, "--json")
        code, there, err = run("verify", *laws, *on)
        assert (code, json.loads(there)) == (1, json.loads(claims)), err
        code, there, err = run("reproduce", *coins, *on, "--out", "there")
        assert code == 0, err
        assert document(there) == document(papers)
        same_bits(tmp_path / "here", tmp_path / "there")
        broken = tmp_path / "broken.py"
        broken.write_text(LAW.replace("np.full(4", "np.fall(4").replace("MEAN", "0.0"))
        code, _, err = run("verify", broken, laws[0], *on)
        assert code == 2
        assert f"{broken} raised AttributeError at line 11" in err


@pytest.mark.slow
def test_processes_here_print_nothing_and_one_that_dies_is_told(laws):
    """In a process of its own: what its workers print goes past ``sys.stdout`` of this one."""
    pytest.importorskip("distributed")

    def verified(inserted):
        for file in laws:
            file.write_text(
                file.read_text().replace("    return {", f"    {inserted}\n    return {{")
            )
        line = [sys.executable, "-m", "collapse", "verify", *map(str, laws), "--json"]
        return subprocess.run([*line, "--executor", "local:1"], capture_output=True, text=True)

    done = verified("print('not an answer')")
    assert len(json.loads(done.stdout)["claims"]) == 4
    assert "not an answer" in done.stderr
    done = verified("__import__('os')._exit(3)")
    assert (done.returncode, done.stdout) == (2, "")
    assert "gave no answer: Its worker died (KilledWorker)" in done.stderr
    assert "Traceback" not in done.stderr

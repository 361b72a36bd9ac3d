"""Runs on disk: resume, extend, refuse, survive."""

import json
import threading
import zipfile

import jax
import numpy as np
import pytest

import collapse
from collapse.commands.request import Options, scenario_of
from collapse.errors import UserError
from collapse.files.atomic import read_arrays, write_arrays, write_whole
from collapse.loop.simulate import run_arm
from collapse.numerics.pytree import replace
from collapse.runs.blocks import Block
from collapse.runs.directory import OTHERS, run_scenario
from collapse.runs.manifest_file import read_manifest, write_manifest
from collapse.runs.run import load
from collapse.scenario.load import build
from collapse.scenario.prepare import prepare_scenario, scenario_errors
from collapse.scenario.scenario import scenario_files
from tests.loop.test_generation import bigram, toy


def make(generations=6, seeds=3, regime=None, judge=None, block=2, n=40, arms=("a", "b")):
    judges = [judge or collapse.KeepAll(), collapse.TopFraction(fraction=0.5)]
    settings = {"generations": generations, "n": n}
    built = {k: toy(j, regime, **settings) for k, j in zip(arms, judges, strict=True)}
    return prepare_scenario(
        collapse.Scenario("toy", "A toy", built, "tests", ("entropy",), seeds, block)
    )


def curves_of(directory):
    return read_arrays(directory / "curves.npz")


def assert_equal(a, b):
    assert a.keys() == b.keys()
    for name in a:
        np.testing.assert_array_equal(a[name], b[name], err_msg=name)


def test_run_equals_simulate(tmp_path):
    run = run_scenario(make(seeds=2), tmp_path / "r")
    alone = run_arm(jax.random.key(0), toy(generations=6), 2)
    np.testing.assert_array_equal(run.curve("a", "entropy"), alone["curves"]["entropy"])
    assert run.manifest["finished"]


def test_seed_3_of_5_is_seed_3_of_50(tmp_path):
    few, many = (
        run_scenario(make(seeds=5), tmp_path / "f"),
        run_scenario(make(seeds=50), tmp_path / "m"),
    )
    for arm in few.arms:
        a, b = few.curve(arm, "entropy"), many.curve(arm, "entropy")
        np.testing.assert_array_equal(a, b[:5])


def stopped_after(scenario, out, calls):
    """Run, and stop as Ctrl-C does after some calls of the compiled program."""
    stop, seen = threading.Event(), []

    def report(block):
        seen.append(block)
        if len(seen) >= calls:
            stop.set()

    return run_scenario(scenario, out, report=report, stop=stop)


@pytest.mark.slow
@pytest.mark.parametrize("regime", [collapse.Replace(), collapse.Accumulate()])
def test_stopped_and_resumed_equals_never_stopped(tmp_path, regime):
    whole = run_scenario(make(regime=regime), tmp_path / "whole")
    part = stopped_after(make(regime=regime), tmp_path / "part", 3)
    assert not part.manifest["finished"]
    assert np.isnan(part.curves["entropy"]).any()
    run_scenario(make(regime=regime), tmp_path / "part")
    assert_equal(whole.curves, curves_of(tmp_path / "part"))
    assert load(tmp_path / "part").manifest["finished"]


def test_more_generations_extend_a_run(tmp_path):
    run_scenario(make(generations=4), tmp_path / "r")
    extended = run_scenario(make(generations=9), tmp_path / "r")
    whole = run_scenario(make(generations=9), tmp_path / "whole")
    assert_equal(whole.curves, extended.curves)


@pytest.mark.slow
def test_accumulate_lays_its_pool_out_anew_when_extended(tmp_path):
    regime = collapse.Accumulate()
    run_scenario(make(4, regime=regime), tmp_path / "r")
    extended = run_scenario(make(9, regime=regime), tmp_path / "r")
    whole = run_scenario(make(9, regime=regime), tmp_path / "whole")
    for name, curve in whole.curves.items():
        np.testing.assert_allclose(extended.curves[name], curve, rtol=1e-4, err_msg=name)


def test_more_seeds_extend_a_run_and_fewer_keep_it(tmp_path):
    run_scenario(make(seeds=3), tmp_path / "r")
    extended = run_scenario(make(seeds=7), tmp_path / "r")
    assert_equal(run_scenario(make(seeds=7), tmp_path / "whole").curves, extended.curves)
    assert run_scenario(make(seeds=2), tmp_path / "r").manifest["seeds"] == 7


def test_a_finished_run_is_not_computed_again(tmp_path, monkeypatch):
    run_scenario(make(), tmp_path / "r")
    monkeypatch.setattr(Block, "step", lambda *_: pytest.fail("a generation was run"))
    run_scenario(make(), tmp_path / "r")


@pytest.mark.slow
def test_ngram_states_survive_the_disk(tmp_path):
    def scenario(generations):
        arms = {"a": bigram(collapse.TopFraction(fraction=0.5), generations=generations)}
        return prepare_scenario(collapse.Scenario("text", "t", arms, "tests", ("entropy",), 2))

    run_scenario(scenario(3), tmp_path / "r")
    extended = run_scenario(scenario(6), tmp_path / "r")
    assert_equal(run_scenario(scenario(6), tmp_path / "whole").curves, extended.curves)


def test_a_directory_of_another_run_is_refused_and_untouched(tmp_path):
    run_scenario(make(), tmp_path / "r")
    before = {p: p.read_bytes() for p in (tmp_path / "r").rglob("*") if p.is_file()}
    for other, where in (
        (make(n=41), "arm a: regime.n, n, candidates;"),
        (make(judge=collapse.RandomFraction(0.5)), "arm a: model.keeps_rows, judge.class"),
        (make(arms=("a", "c")), "arm c"),
    ):
        with pytest.raises(UserError, match=f"belongs to another run.*{where}"):
            run_scenario(other, tmp_path / "r")
    with pytest.raises(UserError, match="key"):
        run_scenario(make(), tmp_path / "r", key=1)
    assert before == {p: p.read_bytes() for p in (tmp_path / "r").rglob("*") if p.is_file()}


@pytest.mark.slow
def test_a_run_of_another_version_is_refused_and_other_libraries_are_noted(tmp_path):
    run_scenario(make(), tmp_path / "r")
    ours = read_manifest(tmp_path / "r")
    for version in ({"collapse": "0.0.9"}, {"jax": "0.8.0"}):
        write_manifest(tmp_path / "r", ours | {"versions": ours["versions"] | version})
        if "collapse" in version:
            with pytest.raises(UserError, match=r"collapse 0.0.9, which is .* now"):
                run_scenario(make(7), tmp_path / "r")
        else:
            assert OTHERS in run_scenario(make(7), tmp_path / "r").manifest["notes"]
    assert OTHERS in run_scenario(make(8), tmp_path / "r").manifest["notes"]  # told for good


@pytest.mark.slow
def test_a_checkpoint_of_another_arm_or_run_is_refused(tmp_path):
    """Although its arrays have the same shapes."""
    run_scenario(make(), tmp_path / "r")
    run_scenario(make(judge=collapse.RandomFraction(0.5)), tmp_path / "other")
    here, there = (tmp_path / x / "checkpoints" / "a" / "0.npz" for x in ("r", "other"))
    mine = here.read_bytes()
    for wrong in (there, here.parent.parent / "b" / "0.npz"):
        here.write_bytes(wrong.read_bytes())
        with pytest.raises(UserError, match="belongs to another run or arm"):
            run_scenario(make(7), tmp_path / "r")
    here.write_bytes(mine)
    run_scenario(make(7), tmp_path / "r")


@pytest.mark.slow
def test_a_run_keeps_its_blocks_unless_others_are_asked_for(tmp_path, monkeypatch):
    """Also where they would be other ones now: on another kind of device, say."""
    run_scenario(make(block=None), tmp_path / "r")
    monkeypatch.setattr("collapse.loop.limits.SIDE_BY_SIDE", 4)
    assert run_scenario(make(7, block=None), tmp_path / "r").manifest["layout"]["batch_seeds"] == {
        "a": 32,
        "b": 32,
    }
    with pytest.raises(UserError, match="batch_seeds"):
        run_scenario(make(7, block=None), tmp_path / "r", batch_seeds=4)


def test_a_directory_with_other_files_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(UserError, match="not empty"):
        run_scenario(make(), tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_damaged_checkpoint_is_a_sentence(tmp_path):
    run_scenario(make(), tmp_path / "r")
    path = tmp_path / "r" / "checkpoints" / "a" / "0.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(UserError, match="damaged"):
        run_scenario(make(generations=9), tmp_path / "r")


@pytest.mark.slow
def test_a_judge_gone_bad_stops_the_run_and_leaves_whole_generations(tmp_path):
    class Late(collapse.Judge):
        share = 0.5

        def score(self, key, view):
            return jax.numpy.where(view.t >= 4, jax.numpy.nan, 1.0) * view.items

    with pytest.raises(UserError, match=r"Late of arm a .* generation 4, seed"):
        run_scenario(make(judge=Late()), tmp_path / "r")
    saved = load(tmp_path / "r")
    assert not saved.manifest["finished"]
    curve = saved.curve("a", "entropy")
    done = np.isfinite(curve).sum(1)
    assert done.max() == 4  # blocks of other seeds stop wherever they are by then


def test_curves_have_named_dimensions_and_the_truth_first(tmp_path):
    run = run_scenario(make(), tmp_path / "r")
    assert run.manifest["dims"] == ["arm", "seed", "generation"]
    assert run.curves["entropy"].shape == (2, 3, 7)
    np.testing.assert_array_equal(run.curves["entropy"][0, :, 0], run.curves["entropy"][1, :, 0])


def test_the_manifest_says_what_was_run(tmp_path):
    run = run_scenario(make(), tmp_path / "r")
    manifest = json.loads((tmp_path / "r" / "manifest.json").read_text())
    assert manifest == run.manifest
    parts = manifest["arms"]["b"]["parts"]
    assert parts["judge"]["fraction"] == 0.5
    assert parts["model"]["class"] == "categorical"
    assert {"jax", "numpy", "collapse"} <= manifest["versions"].keys()


def test_files_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x.npz"
    write_arrays(path, {"a": np.arange(3)})
    before = path.read_bytes()
    with pytest.raises(TypeError):
        write_whole(path, "not bytes")
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["x.npz"]


def test_pickles_are_never_read(tmp_path):
    np.savez(tmp_path / "bad.npz", a=np.array([{"x": 1}], dtype=object))
    with pytest.raises(UserError, match="damaged"):
        read_arrays(tmp_path / "bad.npz")


@pytest.mark.slow
@pytest.mark.parametrize("model", ["ngram", "empirical"])
def test_accumulate_of_a_model_that_is_its_rows_can_be_extended(tmp_path, model):
    def scenario(generations):
        arm = bigram(regime=collapse.Accumulate(), generations=generations, keep_reference=True)
        if model == "empirical":
            arm = replace(arm, model=arm.truth)
        return prepare_scenario(collapse.Scenario("text", "t", {"a": arm}, "none", ("entropy",), 2))

    run_scenario(scenario(2), tmp_path / "r")
    extended = run_scenario(scenario(4), tmp_path / "r")
    whole = run_scenario(scenario(4), tmp_path / "whole")
    assert extended.manifest["finished"]
    np.testing.assert_allclose(extended.curves["entropy"], whole.curves["entropy"], rtol=1e-5)


@pytest.mark.parametrize("name", ["../out", "a/b", "", ".hidden", "a b"])
def test_names_that_would_leave_the_directory_are_refused(name):
    with pytest.raises(UserError, match="cannot be a name"):
        make(arms=("a", name))


def test_arms_of_unequal_length_and_unknown_headlines_are_refused():
    arms = {"a": toy(generations=2), "b": toy(generations=3)}
    with pytest.raises(UserError) as caught:
        prepare_scenario(collapse.Scenario("toy", "t", arms, "none", ("entropi",), 2))
    text = str(caught.value)
    assert "as many generations" in text
    assert "did you mean entropy" in text


def test_samples_with_odd_line_ends_are_read_back(tmp_path):
    scenario = make()
    shown = replace(scenario, show=lambda item: f"a\u2028b\u0085{item}")
    run = run_scenario(shown, tmp_path / "r")
    assert all(line["items"][0].startswith("a\u2028b\u0085") for line in run.samples("a"))


def test_identity_sees_helpers_and_closures(tmp_path):
    from collapse.scenario.identity import identity
    from collapse.scenario.load import load_judge

    file = tmp_path / "mine.py"
    text = "SIGN = 1\ndef helper(x):\n    return SIGN * x\n\n"
    text += "def score(items):\n    return helper(items)\n"
    file.write_text(text)
    first = identity(load_judge(f"{file}:score"))
    assert identity(load_judge(f"{file}:score")) == first
    file.write_text(text.replace("SIGN = 1", "SIGN = -1"))
    assert identity(load_judge(f"{file}:score")) != first

    def times(c):
        return collapse.FunctionReward(lambda items: c * items)

    assert identity(times(1)) != identity(times(2))
    assert identity(collapse.Threshold(at=-np.inf)) != identity(collapse.Threshold(at=0.0))


@pytest.mark.slow
@pytest.mark.parametrize("name", scenario_files())
def test_every_scenario_that_ships_can_be_run(name):
    """Arms have names that can be file names, equal lengths and known headlines."""
    assert scenario_errors(build(name)) == []


def test_arrays_come_back_and_large_networks_are_not_compressed(tmp_path):
    path = tmp_path / "0.npz"
    arrays = {
        "state/000": np.linspace(0, 1, 5000, dtype=np.float32).reshape(50, 100),
        "begun/000": np.zeros(200_000),
        "state/001": np.zeros(400_000, np.int32),
        "curves/x": np.zeros(200_000),
        "done": np.array(3),
        "flags": np.array([True, False]),
    }
    write_arrays(path, arrays)
    found = read_arrays(path)
    assert found.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found[name], array)
        assert found[name].dtype == array.dtype
    with zipfile.ZipFile(path) as archive:
        sizes = {x.filename: x.compress_size / x.file_size for x in archive.infolist()}
    assert sizes["begun/000.npy"] == 1
    assert max(sizes[k] for k in ("curves/x.npy", "state/001.npy")) < 0.1
    assert sizes["state/000.npy"] < 1  # small


def test_where_a_checkpoint_takes_long_there_are_fewer(tmp_path, monkeypatch):
    monkeypatch.setattr("collapse.runs.blocks.SECONDS_PER_SAVE", 0)
    saved = {}
    for pace in (0.0, 1.0):
        times, save = [], Block.save

        def slow(self, times=times, save=save, pace=pace):
            save(self)
            times.append(self.done)
            self.saving = pace

        with monkeypatch.context() as patch:
            patch.setattr(Block, "save", slow)
            run_scenario(make(generations=60), tmp_path / f"{pace}")
        saved[pace] = len(times)
    assert saved[1.0] < saved[0.0]


@pytest.mark.slow
def test_the_manifest_says_what_was_changed_and_how_far_each_seed_is(tmp_path):
    judge = tmp_path / "mine.py"
    judge.write_text("def picky(items):\n    return -items[:, 1].astype(float)\n")
    options = Options(
        name="jokes",
        seeds=2,
        generations=1,
        judge=f"{judge}:picky",
        settings=["n=64", "no-judge:regime=accumulate"],
        batch_seeds=1,
    )
    saved = run_scenario(scenario_of(options), tmp_path / "r", batch_seeds=1)
    assert saved.manifest["changes"] == [
        "--judge mine.py:picky",
        "--set n=64",
        "--set no-judge:regime=accumulate",
    ]
    assert saved.label("typical-fifth") == "mine.py:picky, replace"  # not "most typical ..."
    assert saved.label("typical-fifth-fresh") == "mine.py:picky, fresh mix"
    assert saved.label("random-fifth") == "random-fifth"  # n is not what its label knows of
    assert saved.done("no-judge").tolist() == [1, 1]
    plain = scenario_of(Options(name="jokes", seeds=1, generations=1))
    assert plain.changes == ()
    assert plain.labels["no-judge"] == "no judge"

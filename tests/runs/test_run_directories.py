"""Run directories from anywhere: no code in them is run, and what is damaged is told by name."""

import json
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import collapse
from collapse.commands.verify.command import verify_apart
from collapse.errors import UserError
from collapse.files.atomic import digest_of, read_arrays, write_arrays, write_json
from collapse.numerics.pytree import replace
from collapse.report.law_figure import drawn_claims
from collapse.report.overwrite import place_for
from collapse.runs.checkpoints import read_checkpoint, whose_of
from collapse.runs.directory import run_scenario
from collapse.runs.manifest_file import read_manifest, write_manifest
from collapse.runs.run import Run, load
from collapse.scenario.load import build_shipped, load_judge
from collapse.scenario.prepare import prepare_scenario
from tests.runs.test_run import assert_equal, make

FLIPS = 200  # of each file
SIZES = {"seeds": 3, "generations": 3}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("finished") / "r"
    run_scenario(make(**SIZES), out)
    return out


@pytest.fixture
def saved(finished, tmp_path):
    """A copy of it that may be damaged."""
    return Path(shutil.copytree(finished, tmp_path / "r"))


def snapshot(root):
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def forged(directory, change):
    """Change the manifest in place and give it its digest, as who wants to deceive would."""
    manifest = read_manifest(directory)
    change(manifest)
    write_manifest(directory, manifest)


# From data to code


@pytest.mark.slow
@pytest.mark.parametrize("name", ["evil.py", "./evil.py", "evil", "../r/evil.py"])
def test_a_run_from_elsewhere_runs_no_code(run, saved, tmp_path, monkeypatch, name):
    """Neither the file its scenario is named after, in any place a name could lead to, nor one that
    a figure or an arm could be."""
    code = "from pathlib import Path\nPath(MARK).write_text('')\n".replace(
        "MARK", repr(str(tmp_path / "was_run"))
    )
    for place in (tmp_path / "evil.py", saved / "evil.py", saved / "sitecustomize.py"):
        place.write_text(code)
    forged(saved, lambda manifest: manifest.update(scenario=name, headline=["entropy"]))
    for line in (["figure", saved], ["compare", saved], ["compare", f"{saved}:a", f"{saved}:b"]):
        assert run(*line)[0] == (0 if name == "evil" else 2)
        assert not (tmp_path / "was_run").exists()
    with pytest.raises(UserError):
        run_scenario(make(**SIZES), saved)
    loaded = Run(saved, read_manifest_of(saved) | {"scenario": name}, {})
    assert drawn_claims(loaded) == []  # the lookup itself, had a name come through
    assert build_shipped(name) is None
    assert not (tmp_path / "was_run").exists()


@pytest.mark.slow
def test_workers_of_verify_import_nothing_from_the_folder_they_are_in(tmp_path, monkeypatch):
    """A folder of runs from elsewhere may hold files that are called like modules."""
    for name in ("json", "numpy", "tempfile", "pickle", "random", "multiprocessing"):
        (tmp_path / f"{name}.py").write_text("open('was_run', 'w')")
    monkeypatch.chdir(tmp_path)
    root = str(Path(collapse.__file__).parents[1])
    monkeypatch.setattr(sys, "path", [root, *(x for x in sys.path if x)])
    settings = {"precision": "single", "size": None, "seeds": 2, "thorough": False, "extra": True}
    with pytest.raises(UserError, match="There is no scenario"):
        verify_apart({"no-such-scenario": settings}, lambda *_: None)
    assert not (tmp_path / "was_run").exists()


def read_manifest_of(directory):
    return json.loads((directory / "manifest.json").read_text())


NOT_NAMES = ["../a", "/tmp/a", "a/b", ".a", "", "a\n", "a b", "a.py", "..", "A\0"]


@pytest.mark.parametrize("name", NOT_NAMES)
def test_names_are_no_paths(saved, tmp_path, name):
    outside = tmp_path / "a.jsonl"
    outside.write_text("private")

    def change(manifest):
        for where in (manifest["arms"], manifest["done"], manifest["layout"]["batch_seeds"]):
            where[name] = where.pop("a")

    forged(saved, change)
    with pytest.raises(UserError, match="arms has the name .* which is not a name of letters"):
        load(saved)


@pytest.mark.parametrize("name", ["...txt", "..", ".", "", "/etc/x", "a/../../b", ".hidden"])
def test_results_stay_in_their_folder(name):
    """Whatever the file is called that they are of; without its own folder it would be another."""
    for stem in (name, Path(name).stem):
        place = place_for("measures", stem)
        assert place.parts[0] == "measures"
        assert len(place.parts) == 2
        assert place.parts[1][0] != "."


# Bits


def outcome(read, path):
    """What was read, or the sentence that names the file; anything else that is raised is a bug."""
    try:
        return read()
    except UserError as mistake:
        told = str(mistake)
    assert path.name in told
    return None


def same(a, b):
    return digest_of(a) == digest_of(b)


@pytest.mark.parametrize(
    "name", ["manifest.json", "curves.npz", "samples/a.jsonl", "checkpoints/a/1.npz"]
)
def test_a_flipped_bit_is_told_or_changes_nothing(saved, name):
    path, manifest = saved / name, read_manifest(saved)
    whose = whose_of(manifest, "a", 1)

    def everything():
        if path.parent.name == "a":
            return read_checkpoint(path, whose)
        one = load(saved)
        texts = {"manifest": one.manifest, "samples": one.samples("a")}
        return one.curves | {k: np.array(json.dumps(x)) for k, x in texts.items()}

    whole, sound = path.read_bytes(), everything()
    random, told = np.random.default_rng(13), 0
    for _ in range(FLIPS):
        data = bytearray(whole)
        data[random.integers(len(data))] ^= 1 << random.integers(8)
        path.write_bytes(data)
        found = outcome(everything, path)
        told += found is None
        assert found is None or same(found, sound)
    for length in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:length])
        found = outcome(everything, path)
        assert found is None or same(found, sound)
    assert told > 0.6 * FLIPS  # dates in an archive and spaces in JSON say nothing
    path.write_bytes(whole)
    assert same(everything(), sound)


def test_every_byte_that_counts_is_in_the_digest():
    arrays = {"a": np.arange(3.0), "b": np.zeros((2, 0)), "c": np.array("x"), "d": np.array(1)}
    known = {digest_of(arrays)}
    for other in (
        {"a2": arrays["a"]},
        {"a": arrays["a"].astype(np.float32)},
        {"a": arrays["a"][:, None]},
        {"a": arrays["a"] + 1e-15},
        {"b": np.zeros((0, 2))},
        {"c": np.array("y")},
        {"d": np.array([1])},
    ):
        changed = {k: x for k, x in arrays.items() if k not in [n[0] for n in other]} | other
        known.add(digest_of(changed))
    assert len(known) == 8
    many = np.arange(300_000.0).reshape(300, 1000)
    assert digest_of({"a": many.T}) == digest_of({"a": many.T.copy()}) != digest_of({"a": many})


# Manifests


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        ("seeds", "3", "seeds must be a whole number from 1 to"),
        ("seeds", 10**12, "done.a must have 1000000000000 numbers, one per seed, not 3"),
        ("generations", -1, "generations must be a whole number from 1"),
        ("generations", 2, "done.a must be at most 2, the last generation"),
        ("generations", 9, "done.a must be 9 for all seeds, as finished is true"),
        ("finished", 1, "finished must be true or false, not 1"),
        ("layout.key", True, "layout.key must be a whole number"),
        ("layout.batch_seeds.a", 0, "layout.batch_seeds.a must be a whole number from 1"),
        ("layout.precision", "half", 'layout.precision must be "single" or "double", not \'half\''),
        ("layout.chunk", {"a": 1}, "layout.chunk must have the names of the arms, a, b"),
        ("arms", {}, "arms must name one arm at least"),
        ("arms.a.parts.n", None, "arms.a.parts.n must be a whole number from 1"),
        ("arms.a.parts.judge", {}, "arms.a.parts.judge.class is missing"),
        ("arms.a.parts.judge.class", 3, "arms.a.parts.judge.class must be"),
        ("arms.a.secret", 1, "arms.a.secret is not a known key"),
        ("curves.entropy.low", "0", "curves.entropy.low must be a finite number or null"),
        ("curves.entropy.high", -1, "curves.entropy: A curve from 0 to -1 has no range"),
        ("headline", ["entropy", 3], "headline[1] must be text, not 3"),
        ("labels", {"c": "x"}, "labels.c does not belong to an arm"),
        ("labels", ["c"], "labels must be an object, not a list of 1"),
        ("dims", ["seed", "arm", "generation"], "dims must be"),
        ("done.a", [3, 3], "done.a must have 3 numbers, one per seed, not 2"),
        ("files", {}, "files.curves.npz is missing"),
        ("files.more", "x" * 64, "files.more must be a sha256"),
        ("versions.jax", 1, "versions.jax must be text"),
        ("format", 4, "format must be 3, not 4"),
        ("titel", "A", "titel is not a known key"),
        ("title", "\x1b[31m" * 20, None),
    ],
)
def test_a_manifest_must_be_as_it_is_declared(saved, path, value, sentence):
    def change(manifest):
        *outer, last = path.split(".")
        for name in outer:
            manifest = manifest[name]
        manifest[last] = value

    forged(saved, change)
    if sentence is None:
        assert load(saved).manifest[path] == value
        return
    before = snapshot(saved)
    for read in (lambda: load(saved), lambda: run_scenario(make(**SIZES), saved)):
        with pytest.raises(UserError) as told:
            read()
        assert f"manifest.json: {sentence}" in str(told.value)
        assert "Delete this file and run the same command again" in str(told.value)
    assert snapshot(saved) == before


def test_all_of_a_manifest_is_told_at_once_and_not_without_end(saved):
    def change(manifest):
        del manifest["seeds"], manifest["arms"]["b"]["parts"]
        manifest["headline"] = [1] * 50

    forged(saved, change)
    with pytest.raises(UserError) as told:
        load(saved)
    said = told.value.sentences
    assert "seeds is missing" in said[0]
    assert "arms.b.parts is missing" in "".join(said)
    assert len(said) == 9
    assert "more errors" in said[-1]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[]",
        "3",
        "",
        '{"format": 3',
        '{"format": NaN}',
        f'{{"format": {"9" * 5000}}}',
    ],
)
def test_a_manifest_that_is_none(saved, text, monkeypatch):
    (saved / "manifest.json").write_text(text)
    with pytest.raises(UserError, match=r"manifest.json.*Delete this file"):
        load(saved)


@pytest.mark.slow
def test_a_judge_may_stand_in_a_file_of_any_name(tmp_path):
    """Its module is called after it, and the manifest names the class by its module."""
    file = tmp_path / "my judge-2.v3 \u03b1.py"
    file.write_text("import collapse\nclass Picky(collapse.Judge):\n")
    with file.open("a") as more:
        more.write("    def score(self, key, view):\n        return -1.0 * view.items\n")
    saved = run_scenario(make(judge=load_judge(f"{file}:Picky"), **SIZES), tmp_path / "r")
    assert saved.manifest["arms"]["a"]["parts"]["judge"]["class"].endswith(".Picky")


def test_old_and_endless_manifests(saved, monkeypatch):
    write_json(saved / "manifest.json", {"format": 1})
    with pytest.raises(
        UserError, match=r"written in format 1, .* reads format 3. Run it again with"
    ):
        load(saved)
    monkeypatch.setattr("collapse.files.atomic.MOST_JSON", 10)
    with pytest.raises(UserError, match="where at most 0 are read"):
        load(saved)


@pytest.mark.slow
def test_a_deleted_manifest_is_written_anew(saved, finished):
    """As its sentence says; also where the command wants fewer generations than are there."""
    run_scenario(make(seeds=3, generations=5), saved)
    long = load(saved)
    (saved / "manifest.json").write_text("{")
    with pytest.raises(UserError, match="Delete this file"):
        run_scenario(make(**SIZES), saved)
    (saved / "manifest.json").unlink()
    again = run_scenario(make(**SIZES), saved)
    assert again.manifest == long.manifest
    assert_equal(again.curves, long.curves)
    (saved / "manifest.json").unlink()
    with pytest.raises(UserError, match="not empty and holds no run"):  # of another run
        run_scenario(make(n=41, **SIZES), saved)


def test_a_scenario_that_no_manifest_can_hold_is_refused_before_it_runs(tmp_path):
    scenario = replace(make(**SIZES), notes=(3,))
    with pytest.raises(
        UserError, match=r"cannot be written into a manifest: notes\[0\] must be text"
    ):
        run_scenario(scenario, tmp_path / "r")
    assert not (tmp_path / "r").exists()


# Curves and samples


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda c: c.update(entropi=c.pop("entropy")), "the curve entropy of the manifest is miss"),
        (lambda c: c.pop("entropy"), "the curve entropy of the manifest is missing"),
        (
            lambda c: c.update(entropy=c["entropy"][:, :2]),
            r"entropy must have the shape \(2, 3, 4\) of",
        ),
        (
            lambda c: c.update(entropy=c["entropy"][0]),
            r"entropy must have shape \(arm, seed, generat",
        ),
        (lambda c: c.update(entropy=c["entropy"].astype(int)), "entropy must be real numbers"),
        (lambda c: c.update(entropy=c["entropy"] + 1), "not the file that this run wrote last"),
        (lambda c: c.clear(), "it holds no curve"),
    ],
)
def test_curves_must_fit_the_manifest(saved, finished, change, sentence):
    """Even if their own digest is right; the same command again puts them right."""
    path = saved / "curves.npz"
    curves = read_arrays(path)
    change(curves)
    write_arrays(path, curves)
    with pytest.raises(UserError, match=f"curves.npz: .*{sentence}") as told:
        load(saved)
    assert "Delete this file and run the same command again" in str(told.value)
    path.unlink()
    assert_equal(run_scenario(make(**SIZES), saved).curves, load(finished).curves)


def test_an_archive_without_a_digest_is_none_of_ours(tmp_path):
    """np.savez would write the same arrays, and so would who drops one of them."""
    np.savez(tmp_path / "x.npz", a=np.zeros(3))
    with pytest.raises(UserError, match="its digest does not match"):
        read_arrays(tmp_path / "x.npz")
    path = tmp_path / "y.npz"
    write_arrays(path, {"a": np.zeros(3), "b": np.ones(3)})
    assert set(np.load(path).files) == {"a", "b"}  # which anyone can read
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(tmp_path / "z.npz", "w") as other:
        other.comment = archive.comment
        other.writestr("a.npy", archive.read("a.npy"))
    with pytest.raises(UserError, match="its digest does not match"):
        read_arrays(tmp_path / "z.npz")


def test_an_archive_that_does_not_fit_into_memory_is_not_unpacked(saved, monkeypatch):
    monkeypatch.setattr("collapse.files.atomic.UNPACKED", 100)
    monkeypatch.setattr("collapse.numerics.device.free_megabytes", lambda: 1e-4)
    with pytest.raises(UserError, match="more than the free memory"):
        load(saved)


def test_other_samples_are_told(saved):
    one = load(saved)
    path = saved / "samples" / "a.jsonl"
    path.write_bytes((saved / "samples" / "b.jsonl").read_bytes())
    with pytest.raises(UserError, match=r"a.jsonl is damaged .*digest.* Delete this file"):
        one.samples("a")
    path.unlink()
    with pytest.raises(UserError, match="is missing: run the same command again"):
        one.samples("a")
    run_scenario(make(**SIZES), saved)
    assert one.samples("a")[0]["generation"] == 0


# Checkpoints


@pytest.mark.slow
def test_swapped_and_doubled_checkpoints_are_refused(saved, finished):
    """All of them by name, before anything is written; deleted as the sentences say, they are
    computed again, to the same bits."""
    first, second = (saved / "checkpoints" / "a" / f"{i}.npz" for i in (0, 1))
    whole = {path: path.read_bytes() for path in (first, second)}
    for here, there in (((first, second), (second, first)), ((second,), (first,))):
        for path, other in zip(here, there, strict=True):
            path.write_bytes(whole[other])
        before = snapshot(saved)
        for seeds in (3, 4):
            with pytest.raises(UserError) as told:
                run_scenario(make(seeds=seeds, generations=3), saved)
            assert len(told.value.sentences) == len(here)
            assert "is block 0 of its arm, in the place of block 1" in str(told.value)
        assert snapshot(saved) == before
        for path in here:
            path.unlink()
        assert_equal(run_scenario(make(**SIZES), saved).curves, load(finished).curves)


@pytest.mark.slow
def test_damaged_and_older_checkpoints_are_refused(saved, finished):
    """The older one is whole and of the same block, and still not what the run wrote last."""
    damaged, older = (saved / "checkpoints" / arm / "0.npz" for arm in "ab")
    first = older.read_bytes()
    longer = run_scenario(make(seeds=3, generations=5), saved)
    older.write_bytes(first)
    arrays = read_arrays(damaged)
    arrays["curves/entropy"] = arrays["curves/entropy"][:, :-1]
    write_arrays(damaged, arrays)
    before = snapshot(saved)
    with pytest.raises(UserError) as told:
        run_scenario(make(seeds=3, generations=5), saved)
    assert len(told.value.sentences) == 2
    assert "a/0.npz is damaged (curves/entropy does not have shape 2 x 6)" in str(told.value)
    assert "b/0.npz is not the file that this run wrote last. Delete" in str(told.value)
    assert snapshot(saved) == before
    assert load(saved).manifest == longer.manifest  # what was there can still be looked at
    damaged.unlink(), older.unlink()
    again = run_scenario(make(seeds=3, generations=5), saved)
    assert_equal(again.curves, longer.curves)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda x: x.pop("items"), "items does not have shape"),
        (lambda x: x.pop("done"), "its progress is missing"),
        (lambda x: x.update(done=np.array(-2)), "its progress is missing"),
        (lambda x: x.update(done=np.array(7)), r"does not have shape 2 x 8"),
        (lambda x: x.pop("state/000"), "written by another version"),
        (lambda x: x.update(x=x.pop("curves/entropy")), "it has other curves than this arm"),
        (lambda x: x.update(whose=np.array("{")), "another run or arm"),
    ],
)
def test_a_checkpoint_must_hold_what_its_block_needs(saved, change, sentence):
    """Forged with the right digests: told, and never a traceback."""
    path = saved / "checkpoints" / "a" / "0.npz"
    arrays = read_arrays(path)
    change(arrays)
    digest = write_arrays(path, arrays)
    forged(saved, lambda manifest: manifest["files"].update({"checkpoints/a/0.npz": digest}))
    with pytest.raises(UserError, match=sentence):
        run_scenario(make(seeds=3, generations=5), saved)


@pytest.mark.slow
def test_a_scenario_called_like_a_file_is_refused():
    scenario = make(**SIZES)
    with pytest.raises(UserError, match="cannot be a name"):
        prepare_scenario(replace(scenario, name="jokes.py"))
    assert isinstance(build_shipped("jokes"), collapse.Scenario)


# Finished blocks that are kept without their states


def test_a_run_kept_without_states_is_smaller_and_begins_again_when_it_is_made_longer(tmp_path):
    """The same curves as a run that was as long at once; more seeds repeat no block."""
    out, whole = tmp_path / "short", tmp_path / "whole"
    run_scenario(make(**SIZES), out, keep_states=False)
    stored = read_arrays(next((out / "checkpoints").rglob("0.npz")))
    assert not any(name.startswith("state/") for name in stored)
    before = snapshot(out / "checkpoints")
    run_scenario(make(**SIZES), out, keep_states=False)
    assert snapshot(out / "checkpoints") == before
    longer = SIZES | {"generations": 5}
    run_scenario(make(**longer), whole)
    run_scenario(make(**longer), out)
    assert_equal(read_arrays(out / "curves.npz"), read_arrays(whole / "curves.npz"))

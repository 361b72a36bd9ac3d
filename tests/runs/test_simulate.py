"""``simulate`` and what it gives: the numbers of the loop, in a Run that is saved, drawn and
exported."""

import csv
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest

import collapse as cl
from collapse.loop.simulate import run_arm
from collapse.runs.directory import run_scenario
from collapse.scenario.prepare import prepare_scenario
from tests.models.test_fits import LISTED

SEEDS, LAST = 3, 4
NETS = ("perceptron", "gru", "transformer", "vae", "coupling-flow", "flow-matching", "ddpm")


def arm(**parts):
    return cl.Arm(truth=cl.zipf(50), n=200, generations=LAST, **parts)


@pytest.fixture(scope="module")
def run():
    return cl.simulate({"replace": arm(), "pool": arm(regime=cl.Accumulate())}, SEEDS, key=5)


@pytest.mark.slow
def test_the_curves_are_those_of_the_loop(run):
    assert run.arms == ["replace", "pool"]
    for name, regime in (("replace", cl.Replace()), ("pool", cl.Accumulate())):
        record = run_arm(5, arm(regime=regime), SEEDS)
        for curve, values in record["curves"].items():
            np.testing.assert_array_equal(run.curve(name, curve), values)
    assert (run.curve("replace", "entropy") != run.curve("pool", "entropy"))[:, -1].all()
    assert (
        cl.simulate(arm(), SEEDS).curve("arm", "entropy") != run.curve("replace", "entropy")
    ).any()


@pytest.mark.slow
def test_the_command_line_runs_the_same(run, tmp_path):
    arms = {"replace": arm(), "pool": arm(regime=cl.Accumulate())}
    scenario = cl.Scenario(name="mine", arms=arms, seeds=SEEDS)
    saved = run_scenario(prepare_scenario(scenario), tmp_path / "r", key=5)
    assert saved.manifest["title"] == "mine"
    assert saved.manifest["headline"] == ["effective_number", "entropy", "entropy_chao_shen"]
    for curve in run.curves:
        np.testing.assert_allclose(run.curves[curve], saved.curves[curve], rtol=1e-4)
    assert cl.simulate(scenario, key=5).curves["entropy"].shape == (2, SEEDS, LAST + 1)


@pytest.mark.slow
def test_an_arm_of_a_truth_alone_is_complete():
    """Every truth that can be fitted, with the measures that suit it."""
    with pytest.raises(cl.UserError, match="needs a value for truth"):
        cl.Arm()
    complete = {}
    for name, (truth, *_) in LISTED.items():
        if truth.learns and not truth.blank and name not in NETS:
            complete[name] = cl.prepare(cl.Arm(truth=truth, n=60, generations=2))
    assert {"categorical", "gaussian", "conditional", "poisson", "kde"} <= set(complete)
    for name, ready in complete.items():
        assert ready.measures, name
    exact = cl.Arm(truth=LISTED["token-table"][0], sampler=cl.Support(), n=60, generations=2)
    assert len(cl.prepare(exact).measures) == 1, "no n-grams of a support"
    assert isinstance(complete["gaussian"].measures[0], cl.Moments)
    assert isinstance(complete["categorical"].measures[1], cl.ModelDiversity)


def test_what_is_saved_is_what_was_there(run, tmp_path):
    saved = run.save(tmp_path / "kept")
    for name, values in run.curves.items():
        np.testing.assert_array_equal(saved.curves[name], values)
    assert saved.samples("pool") == run.samples("pool")
    assert cl.load(tmp_path / "kept").manifest["finished"]
    with pytest.raises(cl.UserError, match="is not empty: choose another"):
        run.save(tmp_path / "kept")
    assert "2 arms x 3 seeds x 4 generations" in repr(run)
    assert str(tmp_path / "kept") in repr(saved)


def test_its_summary_has_the_means_and_half_lives(run):
    text, last = run.summary(), run.curve("replace", "effective_number")[:, -1].mean()
    assert f"{last:.4g}" in text
    assert "Half-life of the effective number, pool: > 4 generations" in text
    assert f"<td>{last:.4g}</td>" in run._repr_html_()


def test_curves_are_drawn_into_axes(run):
    figure, axis = plt.subplots()
    assert run.plot("entropy", arms=["pool"], ax=axis) is axis
    np.testing.assert_allclose(
        axis.lines[0].get_ydata(), run.curve("pool", "entropy").mean(0), rtol=1e-6
    )
    several = run.plot("entropy", "gini")
    assert [len(one.lines) for one in several] == [2, 2]
    for bad, sentence in (
        (lambda: run.plot("entropie"), "did you mean entropy"),
        (lambda: run.plot("entropy", arms=["pol"]), "did you mean pool"),
        (lambda: run.plot("entropy", "gini", ax=axis), "ax takes one curve"),
    ):
        with pytest.raises(cl.UserError, match=sentence):
            bad()
    plt.close("all")


def test_tables_hold_every_seed(run, tmp_path):
    pytest.importorskip("pandas", reason="pandas is not installed")
    xarray = pytest.importorskip("xarray", reason="xarray is not installed")
    table, data = run.to_dataframe(), run.to_xarray()
    assert len(table) == 2 * SEEDS * (LAST + 1)
    one = table[(table.arm == "pool") & (table.seed == 2) & (table.generation == 3)]
    assert one.entropy.item() == run.curve("pool", "entropy")[2, 3]
    assert data.entropy.sel(arm="pool", seed=2, generation=3) == run.curve("pool", "entropy")[2, 3]
    assert data.entropy.attrs["units"] == "nats"
    from collapse.runs.export import export

    with open(export(run, "csv", tmp_path / "a.csv")) as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(table)
    assert float(rows[-1]["entropy"]) == run.curve("pool", "entropy")[-1, -1]
    export(run, "csv", tmp_path / "a.csv")  # the same again
    (tmp_path / "notes.csv").write_text("mine")
    for place, sentence in (
        (tmp_path / "notes.csv", "holds something else"),
        (tmp_path, "is a dir"),
    ):
        with pytest.raises(cl.UserError, match=sentence):
            export(run, "csv", place)
    assert (tmp_path / "notes.csv").read_text() == "mine"
    export(run, "netcdf", tmp_path / "a.nc")
    with xarray.open_dataset(tmp_path / "a.nc", engine="scipy") as again:
        np.testing.assert_array_equal(again.entropy, data.entropy)
    pytest.importorskip("pyarrow", reason="pyarrow is not installed")
    import pandas

    export(run, "parquet", tmp_path / "a.parquet")
    assert pandas.read_parquet(tmp_path / "a.parquet").equals(table)


@pytest.mark.slow
def test_odd_calls_are_sentences():
    class NaN(cl.Judge):
        def weigh(self, key, view, reward):
            return reward * np.nan

    for bad, sentence in (
        (lambda: cl.simulate("jokes"), "takes an Arm, a dictionary"),
        (lambda: cl.simulate({"a": cl.KeepAll()}), "must be an Arm"),
        (lambda: cl.simulate({}), "has no arms"),
        (lambda: cl.simulate(arm(), seeds=0, key=-1), "seeds must be .*\n.*key must be"),
        (lambda: cl.simulate(arm(), seeds=2.5), "seeds must be a whole number"),
        (lambda: cl.simulate(arm(judge=NaN()), 2), "NaN"),
        (lambda: cl.simulate({"a": arm(), "b": cl.Arm(truth=cl.zipf(9))}), "as many generations"),
    ):
        with pytest.raises(cl.UserError, match=sentence):
            bad()


@pytest.mark.slow
def test_settings_of_one_arm_run_as_one_program():
    """The same curves as one by one, under the names that were given."""
    judged = {
        name: arm(judge=cl.Tilt(cl.Likelihood(), strength=strength), candidates=400)
        for name, strength in (("weak", 0.1), ("strong", 2.0))
    }
    together, apart = cl.simulate_arms(judged, 2, key=3), cl.simulate(judged, 2, key=3)
    assert together.arms == ["weak", "strong"]
    for name in together.curves:
        np.testing.assert_allclose(together.curves[name], apart.curves[name], rtol=1e-5)
    assert together.samples("strong") == apart.samples("strong")
    weak, strong = together.curves["entropy"][:, :, -1].mean(1)
    assert strong < weak
    assert cl.simulate_arms(list(judged.values()), 2).arms == ["0", "1"]
    with pytest.raises(cl.UserError, match="differ in numbers only"):
        cl.simulate_arms([arm(), arm(regime=cl.Accumulate())], 2)


def test_an_export_leaves_the_figures_numbers_alone(run, tmp_path):
    from collapse.commands.export import export_run

    saved = run.save(tmp_path / "kept")
    figure = (
        saved.directory / f"{saved.manifest['scenario']}.csv"
    )  # where ``collapse figure`` writes
    figure.write_text("of the figure")
    written = export_run(saved.directory, "csv", None, quiet=True)["written"]
    assert written == [str(saved.directory / "curves.csv")]
    assert figure.read_text() == "of the figure"


def test_samples_are_exported_as_completions_that_measure_reads(run, tmp_path):
    from collapse.commands.export import export_run
    from collapse.commands.measure.tally import Tally, read
    from collapse.files.answers import Columns

    saved = run.save(tmp_path / "kept")
    (path,) = export_run(saved.directory, "jsonl", None, quiet=True)["written"]
    assert path == str(saved.directory / "samples.jsonl")
    tally = Tally()
    read([Path(path)], Columns(group_by="model"), tally, lambda *_: None)
    assert tally.reads[0].format == "TRL prompt and completion"
    texts = list(tally.texts)
    found = {one.name: [texts[i] for i in one.answer] for one in tally.corpora()}
    for arm_name in run.arms:
        items = [item for sample in run.samples(arm_name) for item in sample["items"]]
        assert found[arm_name] == [" ".join(item.split()) for item in items if item.strip()]


@pytest.mark.slow
def test_an_arm_without_measures_is_told():
    """As one is whose truth does not say what it draws."""
    arms = {"bare": cl.Arm(truth=cl.Gaussian(), measures=(), n=20, generations=2)}
    arms["told"] = cl.Arm(truth=cl.Gaussian(), n=20, generations=2)
    summary = " ".join(cl.simulate(arms, seeds=2).summary().split())
    assert "No measures are recorded of bare: name some with measures=." in summary

"""Sweeps against laws and single runs; what is there is kept, and what is damaged is run again."""

import re

import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from collapse.sweeps.points import planned
from collapse.sweeps.sweep import _scenario, axes_of

K, N, T, SEEDS = 20, 50, 8, 64
TABLE = c.Categorical(np.full(K, 1 / K))


def arm(**more):
    parts = {"truth": TABLE, "measures": (c.ModelDiversity(),), "n": N, "generations": T}
    return c.Arm(**parts | more)


def gini(t, n):
    return (1 - 1 / K) * (1 - 1 / n) ** t


@pytest.mark.slow
def test_heterozygosity_follows_the_law_at_every_size():
    """E[1 - sum p^2] = H (1 - 1/n)^t (Wright 1931), and not that of another size."""
    sizes = np.array([10, 20, 80])
    found = c.sweep(arm(), {"n": sizes}, seeds=400, value=f"model_gini@{T}")
    law = gini(T, sizes)
    error = np.array([(p["arm"].high - p["arm"].low) / 3.92 for p in found.estimates])
    assert (np.abs(found.values() - law) < 4 * error).all()
    assert not (np.abs(np.roll(found.values(), 1) - law) < 4 * error).any()


def test_points_are_the_runs_of_their_settings(monkeypatch):
    """Numbers that differ run side by side, and agree with a run of each alone; every arm is
    prepared once, when the points are planned."""
    grid = {"regime.share": [0.0, 0.2, 0.6], "sampler.temperature": [0.5, 1.0]}
    base = arm(regime=c.FreshMix(0.1), sampler=c.Tempered(0.7))
    with monkeypatch.context() as patched:
        patched.setattr("collapse.loop.sweep.prepare", None)
        found = c.sweep(base, grid, seeds=4)
    assert found.shape == (3, 2)
    for i, point in enumerate(found.points):
        share, temperature = map(float, point.values)
        alone = arm(regime=c.FreshMix(share), sampler=c.Tempered(temperature))
        curves = c.simulate(alone, seeds=4).curves["model_entropy"][0]
        np.testing.assert_allclose(found.curves(i, "arm")["model_entropy"], curves, rtol=2e-5)
    _, groups = planned(_scenario(base, 4), axes_of(grid), 0)
    assert [len(group.arms) for group in groups] == [6]  # one program


@pytest.mark.slow
def test_what_is_there_is_not_run_again_and_has_the_same_bits(tmp_path):
    over = {"regime.share": np.linspace(0, 0.9, 10)}
    base = arm(regime=c.FreshMix(0.1))
    whole = c.sweep(base, over, seeds=3, out=tmp_path / "whole")
    assert whole.run == 10
    assert c.sweep(base, over, seeds=3, out=tmp_path / "whole").run == 0
    files = sorted((tmp_path / "whole/points").iterdir())
    kept = {file.name: file.read_bytes() for file in files}
    files[0].unlink()
    files[1].write_bytes(kept[files[1].name][:200])
    files[2].write_bytes(kept[files[3].name])
    again = c.sweep(base, over, seeds=3, out=tmp_path / "whole")
    assert again.run == 3
    assert len(again.store.damaged) == 2
    assert "is damaged" in again.store.damaged[0] + again.store.damaged[1]
    assert "another point" in again.store.damaged[0] + again.store.damaged[1]
    assert {file.name: file.read_bytes() for file in files} == kept
    np.testing.assert_array_equal(whole.values(), again.values())


@pytest.mark.slow
def test_arms_that_do_not_change_are_run_once(tmp_path):
    arms = {"alone": arm(), "mixed": arm(regime=c.FreshMix(0.1))}
    found = c.sweep(arms, {"regime.share": [0.1, 0.3, 0.5]}, seeds=2, out=tmp_path)
    assert found.run == 4
    assert len({point.digests["alone"] for point in found.points}) == 1
    other = c.sweep(arms, {"mixed:regime.share": [0.3, 0.7]}, seeds=2, out=tmp_path)
    assert other.run == 1
    assert c.sweep(arms, {"regime.share": [0.3]}, seeds=3, out=tmp_path).run == 2


class Poisoned(c.Judge):
    """Gives no number where its strength is above 1."""

    strength: float = 0.5

    def weigh(self, key, view, reward):
        return jnp.where(self.strength > 1, jnp.nan, jnp.ones(view.items.shape[0]))


@pytest.mark.slow
def test_a_point_that_fails_is_told_and_stops_no_other():
    found = c.sweep(arm(judge=Poisoned()), {"judge.strength": [0.5, 2.0, 0.7]}, seeds=2)
    assert len(found.failed) == 1
    assert np.isnan(found.values()).tolist() == [False, True, False]
    assert "NaN" in found.estimates[1]["arm"].reason
    assert "NaN" in next(iter(found.failed.values()))


@pytest.mark.slow
def test_a_range_of_a_whole_number_is_of_whole_numbers():
    found = c.sweep(arm(), ["n=10:300:4:log"], seeds=2)
    assert found.axes[0].texts == ["10", "31", "97", "300"]
    halves = c.sweep(arm(regime=c.FreshMix(0.1)), ["regime.share=0:0.5:2"], seeds=2)
    assert halves.axes[0].texts == ["0", "0.5"]


@pytest.mark.slow
def test_parts_are_settings_too():
    judges = [c.KeepAll(), c.RandomFraction(0.5)]
    found = c.sweep(arm(), {"judge": judges, "n": [20, 40]}, seeds=2)
    assert found.shape == (2, 2)
    assert [row["judge"] for row in found.rows()] == ["KeepAll"] * 2 + ["RandomFraction"] * 2
    assert found.to_xarray()["value"].dims == ("judge", "n", "arm")
    assert found.to_dataframe().shape == (4, 7)


@pytest.mark.parametrize(
    ("over", "more", "sentence"),
    [
        ({"m": [1]}, {}, "m=1: There is no field of Arm 'm'"),
        ({"n": [10, 0]}, {}, "1 of 2 points cannot be run; nothing was run."),
        ({"n": ["ten"]}, {}, "n must be a number, not 'ten'"),
        ({"n": [10]}, {"value": "entropie"}, "'entropie'"),
        ({"n": [10]}, {"value": "model_entropy@99"}, f"the last generation is {T}"),
        ({"n": [10]}, {"value": "claim:mine"}, "There is no claim of sweep 'mine'"),
        ({"n": [10]}, {"value": "wait:model_entropy:low"}, "the level must be a number"),
        ({"n": [10]}, {"seeds": 0}, "seeds must be at least 1"),
    ],
)
def test_mistakes_are_sentences(over, more, sentence, tmp_path):
    with pytest.raises(c.UserError) as caught:
        c.sweep(arm(), over, out=tmp_path / "out", **{"seeds": 2} | more)
    assert any(sentence in each for each in caught.value.sentences), caught.value.sentences
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_times_and_claims_are_values():
    found = c.sweep(arm(), {"n": [5, 10]}, seeds=20, value="half-life:model_gini")
    expected = np.log(2) / -np.log(1 - 1 / np.array([5, 10]))  # of the mean curve
    assert found.estimates[0]["arm"].method.startswith("median")
    assert 0.4 < found.values()[0] / expected[0] < 2
    waits = c.sweep(arm(), {"n": [5]}, seeds=20, value="wait:model_gini:0.5")
    curves = waits.curves(0, "arm")["model_gini"]
    first = [np.flatnonzero(x <= 0.5)[0] if (x <= 0.5).any() else np.inf for x in curves]
    assert waits.values()[0] == np.median(first)
    at = {"evidence": "one", "observe": "model_gini", "expected": gini(3, N), "at": (3,)}
    claim = c.Claim("gini", "law", "Wright (1931)", **at)
    fields = {"headline": ("model_gini",), "seeds": 20, "claims": (claim,)}
    scenario = c.Scenario("mine", "Mine", {"one": arm()}, "none", **fields)
    claimed = c.sweep(scenario, {"n": [20, 40]}, value="claim:gini")
    assert claimed.arms == [""]
    curves = claimed.curves(1, "one")["model_gini"]
    np.testing.assert_allclose(claimed.values()[1], curves[:, 3].mean(), rtol=1e-6)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ({}, "one arm or more, not {}"),
        ({"a": 3}, "one arm or more, not {a: int}"),
        ({"a": c.Arm(truth=c.zipf(5), measures=())}, "have no measures"),
    ],
)
def test_arms_that_cannot_be_swept_are_refused(what, sentence):
    with pytest.raises(c.UserError, match=re.escape(sentence)):
        c.sweep(what, {"n": [5]})


def test_a_law_stands_over_the_curve_of_one_setting():
    found = c.sweep(arm(), {"n": [10, 1000]}, seeds=2, value="model_gini")
    rows = found.plot(law=lambda n: gini(T, n)).figure.rows
    law = {row["x"]: row["centre"] for row in rows if row["mark"] == "law"}
    np.testing.assert_allclose([law[10.0], law[1000.0]], gini(T, np.array([10, 1000])), rtol=1e-9)
    assert len(law) > len(found.values())  # a line, also between the settings
    ratio = np.diff(np.log(list(law)))
    np.testing.assert_allclose(ratio, ratio[0])  # on a logarithmic axis


@pytest.mark.slow
def test_a_phase_diagram_has_its_line_and_its_law():
    """Fresh data: H_inf / H = s' / (1 - (1 - 1/n)(1 - s)^2), larger in both settings."""
    shares, sizes = [0.05, 0.2, 0.6], [10, 30, 90]
    grid = {"regime.share": shares, "n": sizes}
    found = c.sweep(arm(regime=c.FreshMix(0.1)), grid, seeds=16)
    axis = found.plot(threshold=1.5, law=lambda share: 50 * (1 - share))
    marks = [row["mark"] for row in axis.figure.rows]
    assert marks.count("heat map") == 9
    assert "threshold" in marks
    assert "law" in marks
    heat = {(r["x"], r["y"]): r["centre"] for r in axis.figure.rows if r["mark"] == "heat map"}
    assert heat[0.2, 30.0] == found.values()[1, 1]
    assert (np.diff(found.values(), axis=0) > 0).all()

"""Scenarios of networks: their sizes, and claims that can fail."""

import json

import numpy as np
import pytest

from collapse import UserError
from collapse.scenario.claims import check
from collapse.scenario.load import build
from collapse.scenario.published import in_every_seed
from collapse.scenario.scenario import SIZES, taking

SIZED = taking("size")
NETWORKS = [name for name in SIZED if "quick" not in build(name).minutes]


def test_there_are_scenarios_in_sizes():
    assert {"text-regimes", "expressions", "vae-digits", "mad-points", "mad-digits"} <= set(SIZED)
    assert "jokes" not in SIZED


@pytest.mark.parametrize("name", NETWORKS)
def test_larger_sizes_ask_for_more(name):
    """Rows times generations times seeds, as a rough count of the work."""
    work = []
    for size in SIZES:
        scenario = build(name, size=size)
        arm = next(iter(scenario.arms.values()))
        work.append(arm.n * arm.generations * scenario.seeds)
        assert {claim.evidence for claim in scenario.claims} <= {*scenario.evidence}
        assert all(claim.at == (arm.generations,) for claim in scenario.claims)
    assert work == sorted(set(work))


def test_a_size_that_is_not_there_is_told_with_those_that_take_one():
    with pytest.raises(UserError, match="did you mean laptop"):
        build("text-regimes", size="labtop")
    with pytest.raises(UserError, match=r"jokes takes no --size. These do: .*expressions"):
        build("jokes", size="quick")


def test_a_claim_of_every_seed_fails_for_one_that_differs():
    claim = in_every_seed("rises", lambda r: r["curves"]["x"][:, -1] > 0, "none", 3)
    good = {"curves": {"x": np.ones((4, 4))}}
    assert check(claim, good).verdict == "holds"
    good["curves"]["x"][2, -1] = -1e-3
    found = check(claim, good)
    assert (found.verdict, found.measured) == ("does not hold", 0.75)


def gone_wrong(record: dict) -> dict:
    """The record with generations in the other order: what rose falls."""
    curves = {k: np.concatenate([x[:, :1], x[:, :0:-1]], 1) for k, x in record["curves"].items()}
    return {"curves": curves}


def test_claims_about_text_read_the_curves_they_name():
    """Made-up curves on which every claim holds, and played backwards none."""
    rising, t = np.linspace(2, 3, 5), np.arange(5)
    made = {}
    for arm, pace in (
        ("replace", 1),
        ("replace-cold", 3),
        ("accumulate", -0.1),
        ("subsample", 0.5),
    ):
        made[f"{arm}/cross_entropy"] = (1 + 0.1 * pace * t) * np.ones((3, 1))
        made[f"{arm}/distinct_2"] = (1 / rising) * np.ones((3, 1))
    claims = build("text-regimes", size="quick").claims
    record = {"curves": made}
    assert {check(claim, record).verdict for claim in claims} == {"holds in shape"}
    backwards = {check(claim, gone_wrong(record)).verdict for claim in claims}
    assert backwards == {"does not hold"}


@pytest.mark.slow
def test_labels_lie_in_a_file_of_their_own(run, tmp_path):
    rng = np.random.default_rng(0)
    pixels, classes = rng.integers(0, 256, (2000, 8, 8), np.uint8), rng.integers(0, 3, 2000)
    sizes = b"".join(n.to_bytes(4, "big") for n in pixels.shape)
    (tmp_path / "images").write_bytes(b"\0\0\x08\x03" + sizes + pixels.tobytes())
    told = (2000).to_bytes(4, "big") + classes.astype(np.uint8).tobytes()
    (tmp_path / "labels").write_bytes(b"\0\0\x08\x01" + told)
    asked = ("run", "mad-digits", "--data", "images", "--labels", "labels", "--dry-run")
    code, out, error = run(*asked, "--json")
    assert code == 0, error
    assert set(json.loads(out)["arms"]) == {"biased", "unbiased", "biased-fresh"}
    (tmp_path / "text").write_text("one\ntwo\n" * 30)
    for wrong, said in (
        (("mad-digits", "--data", "images"), "give them with --labels"),
        (("mad-digits", "--labels", "labels"), "--labels says how to read a file"),
        (("text-regimes", "--data", "text", "--labels", "labels"), "--labels is for images, and"),
        (("mad-digits", "--data", "images", "--labels", "images"), "holds images, not labels"),
    ):
        code, _, error = run("run", *wrong, "--dry-run")
        assert code == 2
        assert said in error

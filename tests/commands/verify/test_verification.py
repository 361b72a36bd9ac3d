"""Claims: what passes, what fails, what a second key does, and how it is told."""

from dataclasses import replace

import jax
import numpy as np
import pytest

import collapse
from collapse.commands.verify import verification
from collapse.loop.simulate import run_arm
from collapse.scenario.claims import KINDS, Claim, check, family_limit
from collapse.scenario.scenario import Scenario

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(5.0, 2.0, (4000, 3))


def record(sample=NORMAL):
    return {"curves": {"x": sample}}


def claim(kind="law", expected=5.0, **fields):
    settings = {"at": (0, 1, 2), "source": "none", "evidence": "arm"} | fields
    return Claim("x", kind, observe="x", expected=expected, **settings)


def test_a_law_is_two_sided_in_standard_errors():
    good = check(claim(), record())
    assert good.verdict == "passes"
    assert abs(good.z) < good.limit
    error = 2 / np.sqrt(4000)
    assert good.standard_error == pytest.approx(error, rel=0.05)
    assert good.detects == pytest.approx((good.limit + 1.645) * error, rel=0.05)
    for wrong in (5 - 6 * error, 5 + 6 * error):
        assert check(claim(expected=wrong), record()).verdict == "FAILS"


def test_the_worst_generation_counts_and_its_limit_knows_how_many_there_are():
    shifted = NORMAL + np.array([0, 0, 0.5])
    bad = check(claim(), record(shifted))
    assert bad.verdict == "FAILS"
    assert bad.at == 2
    assert family_limit(1) == pytest.approx(4)
    assert 4 < family_limit(3) < family_limit(100) < 6


def test_a_known_spread_is_used():
    found = check(claim(spread=20.0), record())
    assert found.standard_error == pytest.approx(20 / np.sqrt(4000))


def test_an_approximation_may_be_off_by_its_error_and_no_more():
    assert check(claim("approximation", 5.5, error=0.5), record()).verdict == "passes"
    assert check(claim("approximation", 5.5, error=0.2), record()).verdict == "FAILS"


def test_a_bound_is_one_sided():
    for side, wrong, right in (("at most", 4.0, 6.0), ("at least", 6.0, 4.0)):
        assert check(claim("bound", right, side=side), record()).verdict == "passes"
        assert check(claim("bound", wrong, side=side), record()).verdict == "FAILS"
        assert check(claim("bound", wrong, side=side, error=1.1), record()).verdict == "passes"


def test_an_identity_holds_for_every_seed():
    exact = np.full((3, 2), 0.25)
    same = claim("identity", 0.25, error=1e-6, at=(0, 1))
    assert check(same, record(exact)).verdict == "passes"
    exact[2, 1] += 1e-5
    found = check(same, record(exact))
    assert found.verdict == "FAILS"
    assert found.z == pytest.approx(10)
    assert found.measured == pytest.approx(0.25001)


def test_not_a_number_never_passes():
    for kind in KINDS:
        broken = np.where(NORMAL > 9, np.nan, NORMAL)
        side = "at most" if kind == "bound" else "both"
        verdict = check(claim(kind, error=1e9, side=side), record(broken)).verdict
        assert verdict in ("FAILS", "does not hold")


def test_published_claims_have_other_verdicts():
    assert check(claim("published"), record()).verdict == "holds"
    assert check(claim("published", 9.0), record()).verdict == "does not hold"


def test_expected_may_be_a_function_of_the_generation():
    rising = NORMAL + np.arange(3)
    found = check(claim(expected=lambda t: 5.0 + t), record(rising))
    assert found.verdict == "passes"
    assert check(claim(expected=lambda t: 5.0 + 2 * t), record(rising)).verdict == "FAILS"


# Evidence


def scenario(evidence, *claims):
    return Scenario("s", "t", {}, "none", (), seeds=50, claims=claims, evidence={"arm": evidence})


def test_a_failure_is_looked_at_on_a_second_key_and_both_are_kept():
    keys = []

    def evidence(key, seeds):
        keys.append(int(jax.random.key_data(key)[1]))
        shift = 3.0 if len(keys) == 1 else 0.0
        return record(NORMAL[:seeds] + shift)

    found = verification.verify([scenario(evidence, claim())])[0]
    assert keys == list(verification.KEYS)
    assert found.verdict == "passes"
    assert found.first.verdict == "FAILS"
    row = verification.row(found)
    assert row["key"] == verification.KEYS[1]
    assert row["first"]["key"] == verification.KEYS[0]


def test_seeds_thorough_and_order():
    asked = []

    def evidence(key, seeds):
        asked.append(seeds)
        return record(NORMAL[:seeds])

    good, bad = claim(), claim(expected=7.0)
    many = Scenario(
        "s", "t", {}, "none", (), 50, claims=(good, bad), evidence={"arm": evidence}, thorough=3000
    )
    findings = verification.verify([many])
    assert [f.verdict for f in findings] == ["FAILS", "passes"]
    verification.verify([many], thorough=True)
    verification.verify([many], seeds=77)
    assert set(asked) == {50, 3000, 77}


def test_extra_evidence_is_left_out_only_where_nothing_is_named(monkeypatch):
    from collapse.commands.request import Options
    from collapse.commands.verify import command

    both = {"arm": lambda key, seeds: record(NORMAL[:seeds])}
    both["more"] = both["arm"]
    more = claim(evidence="more")
    many = Scenario("s", "t", {}, "none", (), 50, claims=(claim(), more), evidence=both)
    extra = replace(many, extra=("more",))
    assert len(verification.verify([extra])) == 2
    assert [f.claim.evidence for f in verification.verify([extra], extra=False)] == ["arm"]
    asked = []
    told = lambda tasks, *more: asked.append({own["extra"] for own in tasks.values()}) or []  # noqa: E731
    monkeypatch.setattr(command, "verify_apart", told)
    for names, thorough in (([], False), ([], True), (["gaussian-laws", "kde-laws"], False)):
        command.verify(names, Options(), thorough, quiet=True)
    assert asked == [{False}, {True}, {True}]


def test_laws_are_verified_where_nothing_is_named_and_all_others_with_a_size(monkeypatch):
    """With a size: those of questions and papers, at that size where they have sizes."""
    from collapse.commands.request import Options
    from collapse.commands.verify import command

    asked = []
    monkeypatch.setattr(command, "verify_apart", lambda tasks, *more: asked.append(tasks) or [])
    for size in (None, "laptop"):
        command.verify([], Options(size=size), False, quiet=True)
    laws, others = [{name: own["size"] for name, own in tasks.items()} for tasks in asked]
    assert set(laws.values()) == {None}
    assert "gaussian-laws" in laws
    assert "jokes" not in laws
    assert others.items() >= {"jokes": None, "text-regimes": "laptop"}.items()
    assert not set(laws) & set(others)


def test_claims_are_held_against_a_file_of_ones_own(run, tmp_path, monkeypatch):
    lines = [f"the {a} {b} the {c}" for a in "abcd" for b in ("saw", "bit") for c in "efghi"]
    (tmp_path / "mine.txt").write_text("\n".join(lines))
    seen = []
    monkeypatch.setattr(
        verification, "verify", lambda scenarios, *more: seen.append(scenarios) or []
    )
    asked = ("verify", "text-regimes", "--size", "quick", "--data", "mine.txt", "--tokens", "word")
    code, _, _ = run(*asked)
    assert code == 0
    ((scenario,),) = seen
    words = {w for line in lines for w in line.split()}
    assert scenario.arms["replace"].truth.vocab_size == len(words) + 1
    assert "mine.txt" in str(scenario.data)
    for wrong, said in (
        (("verify", "--data", "mine.txt"), "Name one scenario"),
        (("verify", "text-regimes", "--tokens", "word"), "--tokens says how to read a file"),
        (("verify", "gaussian-laws", "--data", "mine.txt"), "takes no text with --data"),
    ):
        code, _, error = run(*wrong)
        assert code == 2
        assert said in error


def test_extra_evidence_must_exist(tmp_path):
    file = tmp_path / "odd.py"
    file.write_text(
        '"A law"\nimport collapse\n\n\ndef scenario():\n'
        "    claim = collapse.Claim('mean', 'law', 'none', 'draws', 'x', 0.0)\n"
        "    return collapse.Scenario('s', 't', {}, 'none', (), 100, claims=(claim,),\n"
        "                             evidence={'draws': print}, extra=('drawn',))\n"
    )
    with pytest.raises(collapse.UserError, match="no evidence 'drawn', which extra names"):
        verification.with_claims([str(file)])


def test_claims_must_name_their_evidence():
    with pytest.raises(collapse.UserError, match="makes no claims"):
        verification.with_claims(["answers"])
    with pytest.raises(collapse.UserError, match="no scenario"):
        verification.with_claims(["no-such-thing"])


@pytest.mark.slow
def test_several_scenarios_are_verified_in_processes_of_their_own(tmp_path, capfd):
    """The same rows as in this process, the worst first; a broken one is a sentence."""
    from collapse.commands.verify.command import verify_apart
    from collapse.report.document import plain

    source = (
        '"A law"\nimport numpy as np\nimport collapse\n\n\ndef scenario():\n'
        '    print("not an answer")\n'
        "    draws = lambda key, n: {'curves': {'x': np.random.default_rng(0).normal(size=n)}}\n"
        "    claim = collapse.Claim('mean', 'law', 'none', 'draws', 'x', EXPECTED)\n"
        "    return collapse.Scenario('s', 't', {}, 'none', (), 100, claims=(claim,),\n"
        "                             evidence={'draws': draws})\n"
    )
    for name, expected in (("good", "0.0"), ("bad", "2.0"), ("broken", "nonsense")):
        (tmp_path / f"{name}.py").write_text(source.replace("EXPECTED", expected))
    files = [str(tmp_path / f"{name}.py") for name in ("good", "bad")]
    settings = {"seeds": None, "thorough": False, "precision": "single", "extra": True}
    settings |= {"size": None}
    told = []
    apart = lambda names, told=lambda *_: None: verify_apart(dict.fromkeys(names, settings), told)  # noqa: E731
    rows = apart(files, lambda name, claims: told.append((name, claims)))
    assert [row["verdict"] for row in rows] == ["FAILS", "passes"]
    assert sorted(told) == sorted((name, 1) for name in files)
    here = [
        plain(verification.row(f)) for f in verification.verify(verification.with_claims(files))
    ]
    assert here == rows
    (tmp_path / "dies.py").write_text(source.replace("print(", "import os; os._exit(3); print("))
    with pytest.raises(collapse.UserError, match=r"process that worked on \S*dies.py died"):
        apart([str(tmp_path / "dies.py"), *files])
    with pytest.raises(collapse.UserError, match="nonsense"):
        apart([*files, str(tmp_path / "broken.py")])


@pytest.mark.slow
def test_blocks_of_seeds_are_the_seeds_of_one_block():
    """Seed by seed the same, whatever the size of the blocks."""
    arm = collapse.Arm(
        truth=collapse.zipf(5),
        model=collapse.zipf(5),
        judge=collapse.KeepAll(),
        regime=collapse.Replace(),
        learner=collapse.MaximumLikelihood(),
        sampler=collapse.Plain(),
        measures=(collapse.ModelDiversity(),),
        n=20_000,
        generations=2,
        statistics=False,
    )
    found = verification.simulate_blocks(jax.random.key(0), arm, 12)  # blocks of 4
    whole = run_arm(jax.random.key(0), arm, 12)
    np.testing.assert_allclose(
        found["curves"]["model_entropy"], whole["curves"]["model_entropy"], rtol=1e-5
    )


def test_the_generation_of_the_numbers_is_told_where_there_are_several(capsys):
    from collapse.commands.verify.table import show_claims

    several, one = claim(), claim(at=(2,), expected=5.0)
    several_found = check(several, record(NORMAL + np.array([0, 0.5, 0])))
    show_claims([verification.row(several_found)], 1.0)
    out = capsys.readouterr().out
    assert "x (at generation 1, the worst of 3)" in out
    assert "1 claim in" in out
    show_claims([verification.row(check(one, record()))] * 2, 1.0)
    out = capsys.readouterr().out
    assert "the worst of" not in out
    assert "2 claims in" in out

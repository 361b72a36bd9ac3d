"""Calibration against what the verdicts were made with, against other ways to the same numbers, and
with mistakes put in, so that each check is seen to fail."""

import numpy as np
import pytest
from scipy import optimize, stats
from scipy.special import expit

from collapse.commands.calibrate.columns import FIRST, SECOND, TIE
from collapse.commands.calibrate.findings import calibrate
from collapse.commands.calibrate.judge_file import no_judge
from collapse.commands.calibrate.regressions import least_squares, logistic, newton
from collapse.commands.calibrate.verdicts import Verdicts
from collapse.stats.estimate import Estimate, Z
from collapse.stats.proportions import area, share

LIMIT = 4.0
TIMES = 300  # replications of each recovery
UNITS = dict.fromkeys(("position", "intercept", "quality", "length", "typicality", "noise"), "")
TRUE = {"quality": 1.2, "length": 0.06, "typicality": 0.05, "position": 0.8}


def items(random, n):
    """label, length, typicality (n, 2) of two items a row; the longer is the less typical."""
    label = random.integers(0, 2, (n, 2)).astype(float)
    length = random.poisson(12, (n, 2)).astype(float)
    return label, length, -2.5 * length + random.normal(0, 6, (n, 2))


def pairs(random, n=800, better_first=0.5, ties=0.0, true=TRUE):
    """Verdicts by the Bradley-Terry law, ties by Davidson's. ``better_first``: how often the better
    of two is put first."""
    label, length, typicality = items(random, n)
    worse_first = (label[:, 0] < label[:, 1]) != (random.random(n) > better_first)
    swap = (label[:, 0] != label[:, 1]) & worse_first
    for x in (label, length, typicality):
        x[swap] = x[swap][:, ::-1]
    named = {"label": label, "length": length, "typicality": typicality}
    columns = {name: x[:, 0] - x[:, 1] for name, x in named.items()}
    odds = true["position"] + true["quality"] * columns["label"]
    odds += sum(true[name] * columns[name] for name in ("length", "typicality"))
    chance = np.stack([np.exp(odds / 2), np.exp(-odds / 2), np.full(n, ties)])
    drawn = (random.random(n) > np.cumsum(chance / chance.sum(0), 0)).sum(0)
    chosen = np.array([FIRST, SECOND, TIE])[drawn]
    return Verdicts(True, n, columns, chosen=chosen)


def singles(random, n=300, noise=0.7, uneven=False):
    """Scores, and verdicts that keep 0.9 of what is right and 0.2 of what is wrong."""
    label, length, typicality = (x[:, 0] for x in items(random, n))
    columns = {"label": label, "length": length, "typicality": typicality}
    sd = noise * (0.1 + (length - 12) ** 2 / 9) if uneven else noise
    score = TRUE["quality"] * label + TRUE["length"] * length + TRUE["typicality"] * typicality
    accepted = (random.random(n) < np.where(label == 1, 0.9, 0.2)).astype(float)
    return Verdicts(False, n, columns, score + sd * random.normal(size=n), accepted)


def recovery(estimates, true):
    """How far the intervals' coverage lies from 0.95 and the mean estimate from the truth, each in
    its standard errors."""
    values = np.array([e.value for e in estimates])
    held = np.mean([e.low <= true <= e.high for e in estimates])
    coverage = (held - 0.95) / np.sqrt(0.95 * 0.05 / len(values))
    return coverage, (values.mean() - true) / (values.std(ddof=1) / np.sqrt(len(values)))


def several(make, seed, **settings):
    random = np.random.default_rng(seed)
    return [calibrate(make(random, **settings)).estimates for _ in range(TIMES)]


def test_what_pairs_were_made_with_is_found():
    """Coverage of 95 % and no bias, for every coefficient, with ties and an unfair order. The bias
    of maximum likelihood, about 1 % at this size, would show with ten times as many repetitions."""
    found = several(pairs, 0, better_first=0.7, ties=0.3)
    for name, true in TRUE.items():
        coverage, bias = recovery([e[name] for e in found], true)
        assert abs(coverage) < LIMIT, name
        assert abs(bias) < LIMIT, name
        wrong, far = recovery([e[name] for e in found], true * 1.15 + 0.02)
        assert wrong < -LIMIT or abs(far) > LIMIT, name


def test_ignoring_the_position_is_caught():
    """The better of two is put first more often: whoever leaves position out takes the liking for
    the first for a sense of quality."""
    random, blind = np.random.default_rng(1), []
    for _ in range(TIMES):
        made = pairs(random, better_first=0.9)
        x = np.stack([made.columns[name] for name in ("label", "length", "typicality")], 1)
        value, information, _ = newton(x, (made.chosen == FIRST).astype(float))
        half = Z * np.sqrt(np.linalg.inv(information)[0, 0])
        blind.append(Estimate(value[0], value[0] - half, value[0] + half))
    coverage, bias = recovery(blind, TRUE["quality"])
    assert bias > LIMIT
    assert coverage < -LIMIT
    found = several(pairs, 1, better_first=0.9)
    assert max(map(abs, recovery([e["quality"] for e in found], TRUE["quality"]))) < LIMIT


def test_what_scores_were_made_with_is_found():
    found = several(singles, 2)
    for name in ("quality", "length", "typicality"):
        assert max(map(abs, recovery([e[name] for e in found], TRUE[name]))) < LIMIT, name
    coverage, bias = recovery([e["noise"] for e in found], 0.7)
    assert abs(coverage) < LIMIT
    assert abs(bias) < LIMIT  # that of a standard deviation, 1 / (4 n), is far below it
    assert recovery([e["noise"] for e in found], 0.73)[0] < -LIMIT


def test_uneven_noise_does_not_spoil_the_intervals():
    """HC3 holds; the classical standard errors, here from the same fits, do not."""
    random, classical, found = np.random.default_rng(3), [], []
    for _ in range(TIMES):
        made = singles(random, uneven=True)
        e = calibrate(made).estimates
        found.append(e["length"])
        x = np.column_stack([np.ones(made.rows), *made.columns.values()])
        error = np.sqrt(np.linalg.inv(x.T @ x)[2, 2]) * e["noise"].value
        v, half = e["length"].value, stats.t(made.rows - 4).ppf(0.975) * error
        classical.append(Estimate(v, v - half, v + half))
    assert max(map(abs, recovery(found, TRUE["length"]))) < LIMIT
    assert recovery(classical, TRUE["length"])[0] < -LIMIT


def test_shares_are_counts_with_wilsons_interval():
    """By hand, by scipy, and by the exact coverage of so many items."""
    made = singles(np.random.default_rng(4))
    e = calibrate(made).estimates
    for name, which in (("keep_right", 1), ("keep_wrong", 0)):
        own = made.columns["label"] == which
        hits, n = int(made.accepted[own].sum()), int(own.sum())
        oracle = stats.binomtest(hits, n).proportion_ci(method="wilson")
        np.testing.assert_allclose([e[name].value, e[name].low, e[name].high], [hits / n, *oracle])
    for n, p in ((150, 0.9), (150, 0.2), (40, 0.5)):
        k = np.arange(n + 1)
        ends = [share((np.arange(n) < hits).astype(float)) for hits in k]
        inside = np.array([end.low <= p <= end.high for end in ends])
        assert abs(stats.binom(n, p).pmf(k)[inside].sum() - 0.95) < 0.02
    assert (share(np.zeros(9)).low, share(np.ones(9)).high) == (0, 1)


def test_the_area_is_a_count_of_pairs_and_its_interval_covers():
    random, found = np.random.default_rng(5), []
    true = float(stats.norm.cdf(1.2 / np.sqrt(2)))
    label = np.repeat([1.0, 0.0], [60, 80])
    for _ in range(600):
        score = random.normal(size=140) + 1.2 * label
        found.append(area(score, label))
    assert max(map(abs, recovery(found, true))) < LIMIT
    assert recovery(found, true + 0.04)[0] < -LIMIT
    score = np.round(score)  # with ties
    right, wrong = score[:60, None], score[None, 60:]
    count = (right > wrong).mean() + (right == wrong).mean() / 2
    assert area(score, label).value == pytest.approx(count)
    perfect = area(label, label)
    assert (perfect.value, perfect.high) == (1, 1)
    assert 0.9 < perfect.low < 1
    assert area(-label, label).high == pytest.approx(1 - perfect.low)


def test_logistic_regression_agrees_with_a_general_optimiser():
    """The maximum by Nelder and Mead, the errors by differences of the likelihood."""
    made = pairs(np.random.default_rng(6), 400)
    won = (made.chosen == FIRST).astype(float)
    x = np.column_stack([np.ones(400), *made.columns.values()])

    def loss(b):
        return -np.where(won == 1, stats.logistic.logcdf(x @ b), stats.logistic.logsf(x @ b)).sum()

    settings = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 20_000, "maxfev": 20_000}
    best = optimize.minimize(loss, np.zeros(4), method="Nelder-Mead", options=settings).x
    step, eye = 1e-3, np.eye(4) * 1e-3
    curve = [[loss(best + a + b) - loss(best + a - b) for b in eye] for a in eye]
    back = [[loss(best - a - b) - loss(best - a + b) for b in eye] for a in eye]
    error = np.sqrt(np.diag(np.linalg.inv((np.array(curve) + back) / (4 * step**2))))
    e = calibrate(made).estimates
    for i, name in enumerate(("position", "quality", "length", "typicality")):
        assert e[name].value == pytest.approx(best[i], abs=1e-5)
        assert (e[name].high - e[name].low) / (2 * Z) == pytest.approx(error[i], rel=1e-3)


def test_least_squares_agrees_with_leaving_out_each_row():
    """HC3 weighs each row by the square of its residual from the fit without it."""
    made = singles(np.random.default_rng(7), 60)
    x = np.column_stack([np.ones(60), *made.columns.values()])
    best, _, _, _ = np.linalg.lstsq(x, made.score)
    out = np.array([made.score[i] - x[i] @ _without(x, made.score, i) for i in range(60)])
    inverse = np.linalg.inv(x.T @ x)
    error = np.sqrt(np.diag(inverse @ (x.T * out**2) @ x @ inverse))
    e = calibrate(made).estimates
    for i, name in enumerate(("quality", "length", "typicality"), 1):
        assert e[name].value == pytest.approx(best[i])
        half = stats.t(56).ppf(0.975) * error[i]
        assert e[name].high - e[name].value == pytest.approx(half)


def _without(x, y, i):
    return np.linalg.lstsq(np.delete(x, i, 0), np.delete(y, i))[0]


def test_a_shift_of_the_columns_changes_nothing_but_the_intercept():
    random = np.random.default_rng(8)
    x, won = random.normal(size=200), random.integers(0, 2, 200).astype(float)
    near = logistic({"length": x}, won, UNITS, "position")
    far = logistic({"length": x * 1e-3 + 1e4}, won, UNITS, "position")
    assert far["length"].value == pytest.approx(near["length"].value * 1e3, rel=1e-6)
    shifted = near["position"].value - far["length"].value * 1e4
    assert far["position"].value == pytest.approx(shifted, rel=1e-6)


def test_complete_separation_gives_bounds():
    """One column that tells all: its lower bound is where the profile of the likelihood has fallen
    by 1.92, found here on a grid; Newton alone would have run away."""
    x = np.linspace(-1.5, 1.5, 40)
    e = logistic({"quality": x}, (x > 0).astype(float), UNITS, "position")
    quality = e["quality"]
    assert np.isnan([quality.value, quality.high]).all()
    assert "separated" in quality.reason
    signs = np.where(x > 0, 1, -1)
    intercepts = np.linspace(-3, 3, 601)[:, None]
    profile = np.logaddexp(0, -signs * (intercepts + quality.low * x)).sum(1).min()
    assert profile == pytest.approx(Z**2 / 2, abs=1e-3)
    assert e["position"].reason == "the outcomes are separated for any value"
    below = logistic({"quality": -x}, (x > 0).astype(float), UNITS, "position")["quality"]
    assert np.isnan([below.value, below.low]).all()
    assert below.high == pytest.approx(-quality.low, rel=1e-4)
    assert below.best == below.high


def test_one_outcome_only_bounds_the_position():
    """All 100 the first: at least the odds at which that has likelihood exp(-1.92)."""
    always = logistic({}, np.ones(100), UNITS, "position")["position"]
    p = np.exp(-(Z**2) / 2 / 100)
    assert always.low == pytest.approx(np.log(p / (1 - p)), rel=1e-3)
    assert np.isnan([always.value, always.high]).all()


def test_a_judge_that_is_never_wrong_is_no_error():
    """The better one always chosen, and always shown first; texts all as long; or right kept and
    wrong dropped where all right ones are of one length. Shares are told, with Wilson's interval,
    and of the columns that were dropped nothing is."""
    ones = np.ones(30)
    for more in ({}, {"length": ones}, {"length": 0 * ones, "typicality": ones}):
        made = Verdicts(True, 30, {"better": ones} | more, chosen=np.full(30, FIRST))
        found = calibrate(made).estimates
        for name in ("first", "better"):
            assert (found[name].value, found[name].high) == (1, 1)
            assert found[name].low == pytest.approx(0.8865, abs=5e-5)
        assert all(found[name].best is None for name in ("quality", "position"))
    label = np.repeat([1.0, 0.0], 20)
    made = Verdicts(False, 40, {"label": label, "length": 4 + label}, None, label)
    found = calibrate(made).estimates
    assert (found["keep_right"].value, found["keep_wrong"].value) == (1, 0)
    assert all("collinear" in found[name].reason for name in ("quality", "length"))
    with_room = Verdicts(False, 40, {"label": label, "length": np.arange(40.0)}, None, label)
    assert calibrate(with_room).estimates["length"].reason.startswith("the outcomes are separated")


def test_scores_that_are_all_the_same_tell_nothing():
    """Whatever their size in the last bits: no noise, no step, no threshold, and no judge."""
    label = np.tile([1.0, 0.0], 60)
    for score in (np.full(120, 7.0), np.full(120, 0.1) * (1 + 1e-16)):
        found = calibrate(Verdicts(False, 120, {"label": label}, score))
        for name in ("noise", "quality", "keep_right", "keep_wrong"):
            assert found.estimates[name].best is None, name
            assert "every score is the same" in found.estimates[name].reason
        assert "every score is the same" in no_judge(found)
        assert found.estimates["area"].value == 0.5
        assert not found.notes


def test_scores_without_noise_have_none():
    """A score that its columns explain to the last bit: its noise is 0, and not 1e-15."""
    label, length = np.tile([1.0, 0.0], 60), np.arange(120.0)
    score = 0.1 + 2.3 * label + 0.7 * length
    found = calibrate(Verdicts(False, 120, {"label": label, "length": length}, score))
    noise = found.estimates["noise"]
    assert (noise.value, noise.low, noise.high) == (0, 0, 0)
    assert found.estimates["quality"].value == pytest.approx(2.3)
    assert no_judge(found) == ""


def test_a_partly_separated_fit_keeps_what_is_told():
    """Where one column is 1 the first always wins; the others' estimates are those of the rest."""
    random = np.random.default_rng(9)
    x, some = random.normal(size=300), (np.arange(300) < 30).astype(float)
    won = np.where(some == 1, 1, random.random(300) < expit(0.5 + x)).astype(float)
    both = logistic({"length": x, "quality": some}, won, UNITS, "position")
    rest = logistic({"length": x[30:]}, won[30:], UNITS, "position")
    assert not both["quality"].known
    assert both["quality"].low > 0
    for name in ("length", "position"):
        assert both[name].value == pytest.approx(rest[name].value, abs=1e-3)
        assert both[name].low == pytest.approx(rest[name].low, abs=0.05)  # profile, and Wald
        assert both[name].high == pytest.approx(rest[name].high, abs=0.05)


def test_what_cannot_be_told_is_said():
    random = np.random.default_rng(10)
    x, y = random.normal(size=(2, 200))
    won = random.integers(0, 2, 200).astype(float)
    for fit in (
        lambda columns: logistic(columns, won, UNITS, "position"),
        lambda columns: least_squares(columns, y, UNITS, "noise"),
    ):
        e = fit({"quality": np.ones(200), "length": x, "typicality": -3 * x})
        assert e["quality"].reason == "quality is the same in every row"
        assert e["length"].reason == "length and typicality are collinear"
        assert not e["typicality"].known
        plain, more = fit({"length": x}), fit({"length": x, "quality": np.zeros(200)})
        assert more["length"].value == pytest.approx(plain["length"].value)
        assert more["length"].high == pytest.approx(plain["length"].high)
    # What is always the same between the first and the second cannot be told from the place.
    e = logistic({"quality": np.ones(200), "length": x}, won, UNITS, "position")
    assert not e["position"].known
    assert e["length"].known
    few = logistic({"length": x[:15]}, won[:15], UNITS, "position")
    assert few["length"].reason == "15 rows are too few for 2 coefficients: 20 are needed"
    lone = least_squares({"quality": np.eye(200)[0], "length": x}, y, UNITS, "noise")
    assert lone["quality"].reason == "a single row decides it"
    rest = least_squares({"length": x[1:]}, y[1:], UNITS, "noise")
    assert lone["length"].value == pytest.approx(rest["length"].value)


@pytest.mark.parametrize("scale", [1.0, 1e-6, 1e6])
@pytest.mark.parametrize("spread", [1e-2, 1e-5])
def test_columns_that_nearly_move_together_are_left_out(scale, spread):
    """Whatever their units; the others' estimates are those without the two. Columns as far apart
    as real ones are kept, and a tolerance for exact ones alone gave intervals of a million."""
    random = np.random.default_rng(13)
    x, rest, y = random.normal(size=(3, 200))
    label = random.integers(0, 2, 200).astype(float)
    y, won = y + label, (random.random(200) < expit(label)).astype(float)
    near = {"quality": label, "length": scale * x, "typicality": -3 * x + spread * rest}
    far = near | {"typicality": -3 * x + rest}
    for fit in (
        lambda columns: logistic(columns, won, UNITS, "position"),
        lambda columns: least_squares(columns, y, UNITS, "noise"),
    ):
        e = fit(near)
        for name in ("length", "typicality"):
            assert e[name].best is None
            assert "length and typicality are nearly collinear" in e[name].reason
        alone = fit({"quality": label, "length": scale * x})
        assert e["quality"].value == pytest.approx(alone["quality"].value, rel=0.02)
        assert e["quality"].high == pytest.approx(alone["quality"].high, rel=0.02)
        kept = fit(far)
        assert all(kept[name].known for name in ("quality", "length", "typicality"))


def test_three_columns_that_move_together_are_all_named():
    random = np.random.default_rng(14)
    a, b, c = random.normal(size=(3, 200))
    columns = {"quality": a + b + 1e-4 * c, "length": a, "typicality": b}
    e = logistic(columns, random.integers(0, 2, 200).astype(float), UNITS, "position")
    for name in columns:
        assert "quality and length and typicality are nearly collinear" in e[name].reason
    assert e["position"].known


def test_few_rows_are_said_to_say_little():
    """The width of the interval, where it is wider than 30 points; many rows are not spoken of."""
    made = singles(np.random.default_rng(15), 16)
    said = " ".join(calibrate(made).sentences)
    right = int((made.columns["label"] == 1).sum())
    assert f"{right} rows are few for how much of what is right it keeps: the interval is" in said
    assert " %. Give more verdicts." in said
    assert "rows are few" not in " ".join(calibrate(singles(np.random.default_rng(16))).sentences)


def test_consistency_is_that_of_equals():
    """Of equals the same is said in both orders with chance 2 s (1 - s), the first both times with
    s^2, s = 1 / (1 + exp(-b)) (Zheng et al. 2023)."""
    random, n, b = np.random.default_rng(11), 20_000, 0.8
    chosen = (random.random(2 * n) < expit(b)).astype(float)
    pair, turned = np.tile(np.arange(n), 2), np.repeat([False, True], n)
    made = Verdicts(True, 2 * n, {}, chosen=chosen, pair=pair, turned=turned)
    e = calibrate(made).estimates
    s = expit(b)
    for name, law in (("consistent", 2 * s * (1 - s)), ("first_twice", s**2)):
        assert abs(e[name].value - law) < LIMIT * np.sqrt(law * (1 - law) / n)
        assert e[name].n == n
    hand = Verdicts(
        True,
        8,
        {},
        chosen=np.array([FIRST, SECOND, TIE, TIE, FIRST, FIRST, TIE, FIRST]),
        pair=np.array([0, 0, 1, 1, 2, 2, 3, 3]),
        turned=np.array([False, True] * 4),
    )
    e = calibrate(hand).estimates
    assert (e["consistent"].value, e["first_twice"].value) == (0.5, 0.25)


def test_sentences_say_what_is_found():
    random = np.random.default_rng(12)
    found = calibrate(singles(random, 2000))
    said = " ".join(found.sentences)
    right, wrong = (found.estimates[f"keep_{x}"].value for x in ("right", "wrong"))
    assert f"It keeps {100 * right:.0f} % of what is right and {100 * wrong:.0f} %" in said
    # Beyond this share of wrong items more of them than of right ones are kept.
    limit = right / (right + wrong)
    assert (1 - limit) * right == pytest.approx(limit * wrong)
    assert f"less than {100 * limit:.0f} % of all is wrong" in said
    assert "tokens more are worth +0." in said
    said = " ".join(calibrate(pairs(random, 2000)).sentences)
    assert "It favours the first of two by 0." in said
    said = " ".join(calibrate(pairs(random, 2000, true=dict.fromkeys(TRUE, 0.0))).sentences)
    assert said.count("is not significant") == 3
    always = Verdicts(True, 50, {}, chosen=np.full(50, FIRST))
    assert "It is at least" in " ".join(calibrate(always).sentences)


# Rows in clusters


def clustered(seed, groups=40, each=4):
    random = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(groups), each)
    random.shuffle(cluster)
    x = random.normal(size=groups * each)
    odds = 0.4 + 0.8 * x + random.normal(size=groups)[cluster]
    return cluster, x, odds, (random.random(len(x)) < expit(odds)).astype(float)


def test_the_jackknife_leaves_each_cluster_out():
    """Of a linear regression exactly, by fitting without each; of a logistic one to first order."""
    cluster, x, y, won = clustered(20)
    design = np.column_stack([np.ones(len(x)), x])
    groups = len(set(cluster))
    fits, logits = [], []
    for g in range(groups):
        kept = cluster != g
        fits.append(np.linalg.lstsq(design[kept], y[kept])[0])
        logits.append(newton(design[kept], won[kept])[0])
    half = stats.t(groups - 1).ppf(0.975)
    for found, each, tolerance in (
        (least_squares({"length": x}, y, UNITS, "noise", cluster), fits, 1e-9),
        (logistic({"length": x}, won, UNITS, "position", cluster), logits, 0.02),
    ):
        error = np.std([fit[1] for fit in each]) * np.sqrt(groups - 1)
        length = found["length"]
        assert length.high - length.value == pytest.approx(half * error, rel=tolerance)
        assert length.n == groups


def test_the_jackknife_is_the_bias_reduced_sandwich_of_statsmodels():
    """Mancl and DeRouen (2001), which lacks only the factor (G - 1) / G."""
    api = pytest.importorskip("statsmodels.api")
    cluster, x, _, won = clustered(21)
    design = np.column_stack([np.ones(len(x)), x])
    model = api.GEE(won, design, cluster, family=api.families.Binomial())
    fit = model.fit(cov_type="bias_reduced")
    found = logistic({"length": x}, won, UNITS, "position", cluster)
    half = stats.t(39).ppf(0.975) * np.sqrt(39 / 40)
    for i, name in enumerate(("position", "length")):
        assert found[name].value == pytest.approx(fit.params[i], abs=1e-6)
        width = found[name].high - found[name].value
        assert width == pytest.approx(half * fit.bse[i], rel=0.01)


def test_few_questions_tell_little():
    cluster, x, y, won = clustered(22, groups=8, each=30)
    for found in (
        least_squares({"length": x}, y, UNITS, "noise", cluster),
        logistic({"length": x}, won, UNITS, "position", cluster),
    ):
        assert found["length"].reason.startswith("8 questions are too few for 2 coefficients")
    many = clustered(23)
    only = (many[0] == 0).astype(float)
    found = logistic(
        {"quality": only * many[1], "length": many[1]}, many[3], UNITS, "position", many[0]
    )
    assert found["quality"].reason == "a single question decides it"
    one = Verdicts(True, 40, {}, chosen=np.tile([1.0, 0, 1, 1], 10), cluster=np.zeros(40, int))
    told = calibrate(one)
    assert "one question only: intervals take its rows as independent" in " ".join(told.notes)
    assert told.estimates["position"].known

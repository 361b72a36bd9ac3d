"""A tale of tails: what a cut tail, own samples and real rows do to a scaling law

Dohmatob et al. (2024), sections 2 to 4: a memory is right about what it has seen, and items follow
a power law. Its error falls as T^-c on real rows, stops at the mass beyond a cut, falls more slowly
behind a narrowed tail, and falls again, late, where a few rows are real.
"""

import jax
import jax.numpy as jnp
import numpy as np

from collapse import Arm, MissingMass, Scenario, Tempered, TopK, zipf
from collapse.laws import tails
from collapse.measures.tails import ConditionalVariation
from collapse.models.text.conditional import Conditional
from collapse.numerics.pytree import seed_keys
from collapse.scenario.published import comparison, number, shape
from collapse.types import Pool, View

BETA = 1.5  # of fig. 3
C = 1 - 1 / BETA
SIZES = {"quick": (30_000, 40), "laptop": (200_000, 100), "paper": (2_000_000, 100)}  # items, seeds
ROWS = (100, 1000, 10_000, 100_000)
CUT, SHARE = 10, 0.1  # items behind the cut, share of real rows in the mix
NARROW = 0.75  # temperature of the narrowed tail: exponent 2
T0, LAST = 1000, 9  # rows of a generator, generations
CONTEXTS, PAIRS = 4, (2000, 32_000)
ITEMS = 50_000  # answers in each context


def scenario(size: str = "quick") -> Scenario:
    items, seeds = SIZES[size]
    truth = zipf(items, BETA)
    arms = {"generations": Arm(truth=truth, measures=(MissingMass(),), n=T0, generations=LAST)}
    return comparison(
        arms,
        evidence={"memories": lambda key, seeds: memories(truth, key, seeds), "tables": tables},
        name="dohmatob-tails",
        title=__doc__.split("\n")[0],
        source="Dohmatob et al. (2024), A Tale of Tails, sections 2-4",
        paper="dohmatob2024tails",
        minutes={"quick": 0.2, "laptop": 0.3, "paper": 15},
        headline=("missing_mass",),
        seeds=seeds,
        claims=claims(items),
    )


def whole(rows, count) -> Pool:
    """The first ``count`` rows as training data of weight 1."""
    one, zero = (jnp.arange(len(rows)) < count).astype(float), jnp.zeros(len(rows), jnp.int32)
    return Pool(rows, one, one, one, zero, zero, {})


def memories(truth, key, seeds: int) -> dict:
    """Test errors (S, 4) after each number of ROWS: real rows, rows cut to the likeliest items,
    those mixed with real ones, rows of a narrowed tail, and rows of a memory of T0 real rows."""
    most = max(ROWS)

    def errors(truth, rows):
        def missing(count):
            view = View(None, truth.fit(key, whole(rows, count)), None, truth, jnp.array(1), most)
            return MissingMass().measure(key, view)["missing_mass"]

        return jnp.stack([missing(count) for count in ROWS])

    def one_seed(truth, key):
        keys = jax.random.split(key, 6)
        sources = (truth, truth.reshaped(TopK(k=CUT)), truth.reshaped(Tempered(NARROW)))
        real, cut, narrow = (s.sample(k, most) for s, k in zip(sources, keys[:3], strict=True))
        mixed = jnp.where(jax.random.uniform(keys[3], (most,)) < SHARE, real, cut)
        own = truth.fit(key, whole(truth.sample(keys[4], T0), T0)).sample(keys[5], most)
        rows = {"real": real, "cut": cut, "mixed": mixed, "narrow": narrow, "own": own}
        return {name: errors(truth, own) for name, own in rows.items()}

    settings = {"rows": ROWS, "items": len(truth.p), "beta": BETA, "kept": CUT, "share": SHARE}
    settings |= {"narrowed": BETA / NARROW, "first": T0}
    made = of_seeds(one_seed, truth, key, seeds)
    return {"curves": made | {name: np.array(x) for name, x in settings.items()}}


def of_seeds(one_seed, truth, key, seeds: int):
    """What ``one_seed(truth, key)`` gives, for all seeds. The truth is an argument of the program:
    the compiler would try to compute with a constant of so many items."""
    program = jax.jit(lambda truth, keys: jax.lax.map(lambda key: one_seed(truth, key), keys))
    return jax.tree.map(np.asarray, program(truth, seed_keys(key, range(seeds))))


def tables(key, seeds: int) -> dict:
    """Total variation (S, 2) of conditional tables fitted to each number of PAIRS."""
    ranks = np.stack([np.random.default_rng(i).permutation(ITEMS) for i in range(CONTEXTS)])
    truth = Conditional(tails.power_law(ITEMS, BETA)[ranks], np.full(CONTEXTS, 1 / CONTEXTS))

    def one_seed(truth, key):
        found = []
        for count in PAIRS:
            pairs = truth.sample(key, count)
            model = truth.fit(key, whole(pairs, count))
            view = View(None, model, None, truth, jnp.array(1), count)
            found.append(ConditionalVariation().measure(key, view)["conditional_variation"])
        return jnp.stack(found)

    return {"curves": {"variation": of_seeds(one_seed, truth, key, seeds)}}


def slope(values: np.ndarray, counts) -> np.ndarray:
    """(S,) exponent of the mean between two counts, jackknifed over seeds."""
    first, last = values[:, 0], values[:, 1]
    log = lambda x: np.log((x.sum() - x) / (len(x) - 1))  # noqa: E731
    each = lambda x: len(x) * np.log(x.mean()) - (len(x) - 1) * log(x)  # noqa: E731
    return (each(first) - each(last)) / np.log(counts[1] / counts[0])


def claims(items: int) -> tuple:
    p = tails.power_law(items, BETA)
    cut = tails.cut_tail(p, CUT)
    laws = {"real": p, "cut": cut, "mixed": tails.mixed(p, cut, SHARE)}
    laws["narrow"] = tails.power_law(items, BETA / NARROW)
    differs = f"{items:,} items, not endless"
    beyond = 2 / np.sqrt(items) / 2.612375  # of the endless truth: 2 K^-1/2 / zeta(3/2)

    def endless(name, at):
        """Errors on the endless truth: what lies beyond the last item is lost too."""
        return lambda r: r["curves"][name][:, at] * (1 - beyond) + beyond

    more = {"evidence": "memories", "differs": differs}
    floor = tails.tail_mass(p, CUT)
    return (
        *(
            number(
                f"Test error of a memory, {text}",
                "section 2: sum p_i (1 - q_i)^T, fig. 3",
                lambda r, name=name: r["curves"][name],
                tails.memory_error(p, laws[name], np.array(ROWS)),
                ROWS,
                error=1e-6,
                text="sum p (1 - q)^T",
                **more,
            )
            for name, text in (
                ("real", "real rows"),
                ("mixed", f"one in ten real, others cut to {CUT} items"),
            )
        ),
        number(
            "Real rows: the exponent of the error",
            "c = 1 - 1 / beta",
            lambda r: slope(endless("real", [1, 3])(r), (1000, 100_000)),
            C,
            (100_000,),
            error=0.02,
            **more,
        ),
        number(
            "Narrowed to exponent 2: the exponent of the error",
            "Corollary 2.3: (beta - 1) / beta'",
            lambda r: slope(endless("narrow", [0, 2])(r), (100, 10_000)),
            (BETA - 1) * NARROW / BETA,
            (10_000,),
            error=0.02,
            note="the text narrows by tau > 1 and beta' < beta; the formula asks for tau < 1",
            **more,
        ),
        number(
            f"Cut to {CUT} items: the error stops at the mass beyond",
            "Theorem 2.1: a plateau from T >> k^beta on",
            lambda r: r["curves"]["cut"][:, 2:],
            floor,
            ROWS[2:],
            error=1e-4,
            text="tail mass",
            **more,
        ),
        shape(
            f"Rows of a memory of {T0}: many more rows do not help",
            "Corollary 2.2: T^-c + T0^-c",
            lambda r: r["curves"]["own"][:, 3] / r["curves"]["real"][:, 1],
            "a plateau at T0^-c",
            above=0.9,
            at=(ROWS[3],),
            **more,
        ),
        shape(
            "A tenth of real rows: a plateau, and then the error falls as with a tenth of the rows",
            "Theorem 3.2, fig. 3 right: (pi T)^-c for T >> k^beta / pi",
            lambda r: np.stack(
                [
                    r["curves"]["mixed"][:, 0] / r["curves"]["mixed"][:, 1]
                    < 1.6,  # by 2.15 if real
                    r["curves"]["mixed"][:, 3] / r["curves"]["real"][:, 2] < 1.2,
                ],
                axis=1,
            ).astype(float),
            "grokking",
            above=0.9,
            at=(1000, 100_000),
            **more,
        ),
        shape(
            "Memories of memories: the error rises every generation",
            "eq. 13; fig. 3 middle",
            lambda r: np.diff(r["curves"]["generations/missing_mass"][:, 1:]),
            "it rises",
            above=0.0,
            at=tuple(range(2, LAST + 1)),
            differs=differs,
        ),
        number(
            f"Memories of memories: error of generation {LAST} in units of the first",
            "eq. 13: n T^-c",
            lambda r: (
                r["curves"]["generations/missing_mass"][:, LAST]
                / r["curves"]["generations/missing_mass"][:, 1].mean()
            ),
            float(LAST),
            (LAST,),
            differs=differs,
            note="a bound, not the growth: the error grows as n^c, by survival rates g_n ~ 2 / n",
        ),
        number(
            "Tables of power laws: the exponent of the total variation",
            "Theorem 4.1: c = min(1 - 1 / beta, 1 / 2)",
            lambda r: slope(r["curves"]["variation"], PAIRS),
            C,
            PAIRS[1:],
            error=0.03,  # at these counts it is .312, by the exact law
            evidence="tables",
            differs=f"{CONTEXTS} contexts of {ITEMS:,} items",
        ),
    )

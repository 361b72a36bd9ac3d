"""Does better sampling give what reinforcement learning gives?

Problems with one right answer each, a base model that answers them, and a verifier. The base model
is drawn from as it is, at a low temperature, by power sampling (whole answers sharpened, Karan and
Du 2025), as the likeliest of eight, and after training with the verifier (GRPO). Generation 1 of
each arm is the base model with its sampler; later ones are trained on what the arm says, so that
samples are fed back. A toy: four tokens are an answer, the first depends on the problem and the
others on the token before, in one table that all problems share; and right answers are drawn from
the square of the base model, so that the likely is right more often than not.
"""

import itertools
from functools import partial

import jax.numpy as jnp
import numpy as np

from collapse import (
    GRPO,
    Arm,
    FunctionReward,
    ItemDiversity,
    KeepAll,
    Likeliest,
    PassAt,
    Plain,
    Power,
    PromptedTable,
    Replace,
    Scenario,
    ScoreOnly,
    Tempered,
    TokenTable,
)
from collapse.scenario.feedback import generator
from collapse.scenario.published import comparison, number, shape

PROBLEMS, SYMBOLS, PLACES = 16, 6, 4  # of an answer
CALIBRATED = 2.0  # right answers are drawn from p to this power
GROUP, ALPHA, BEST = 256, 4.0, 8  # tries of a problem; exponent; tries of best of n
BLOCK, STEPS = 2, 10  # of power sampling
KS = (1, 4, 16, 64, 256)
LAST, SEEDS = 7, 8
RATES = {"grpo": 10.0, "grpo-far": 30.0}  # learning rates: how far training goes
DIFFERS = "a table of four-token answers, not a language model"


def base() -> np.ndarray:
    """(1 + SYMBOLS + PROBLEMS + 1, 1 + SYMBOLS + PROBLEMS) next-token table: a row for each symbol
    and for each problem's name."""
    rng, size = np.random.default_rng(7), 1 + SYMBOLS + PROBLEMS
    p = np.zeros((size + 1, size))
    p[:, 1 : SYMBOLS + 1] = rng.dirichlet(np.full(SYMBOLS, 0.6), size + 1)
    return p


def answers() -> np.ndarray:
    """(SYMBOLS^PLACES, PLACES) all answers."""
    return np.array(list(itertools.product(range(1, SYMBOLS + 1), repeat=PLACES)))


def law(temperature: float = 1.0) -> np.ndarray:
    """(PROBLEMS, answers) probabilities, next tokens at a temperature."""
    table, rows = base() ** (1 / temperature), answers()
    table = table / table.sum(1, keepdims=True)
    rest = table[rows[:, :-1], rows[:, 1:]].prod(1)
    return table[1 + SYMBOLS + np.arange(PROBLEMS)][:, rows[:, 0]] * rest


def right_answers() -> np.ndarray:
    """(PROBLEMS,) number of each problem's right answer."""
    rng, p = np.random.default_rng(8), law() ** CALIBRATED
    return np.array([rng.choice(p.shape[1], p=row / row.sum()) for row in p])


KEY = answers()[right_answers()]  # (PROBLEMS, PLACES)


def verify(rows):
    """(n,) 1 where a row, the number and name of a problem and an answer, is right."""
    return (rows[:, 2:] == jnp.asarray(KEY)[rows[:, 0] - 1]).all(1) * 1.0


def scenario() -> Scenario:
    given = np.zeros((PROBLEMS, 1 + PLACES), np.int32)
    given[:, 0] = 1 + SYMBOLS + np.arange(PROBLEMS)  # its name, then a gap of four tokens
    model = PromptedTable(TokenTable(base(), 1 + PLACES), given=given)
    verifier = FunctionReward(verify)

    def arm(sampler, judge=None, learner=None):
        return Arm(
            truth=model,
            model=model,
            judge=judge or KeepAll(),
            learner=learner,
            sampler=sampler,
            regime=Replace(real_start=False),
            measures=(PassAt(verifier, ks=KS), ItemDiversity()),
            n=PROBLEMS * GROUP,
            group=GROUP,
            generations=LAST,
        )

    return comparison(
        {
            "base": arm(Plain()),
            "cold": arm(Tempered(1 / ALPHA)),
            "power": arm(Power(ALPHA, block=BLOCK, steps=STEPS)),
            "best-of-8": arm(Likeliest(BEST)),
            **{
                name: arm(Plain(), ScoreOnly(verifier), GRPO(learning_rate=rate, steps=4))
                for name, rate in RATES.items()
            },
        },
        evidence={"cost": written},
        name="sampling-or-rl",
        title=__doc__.split("\n")[0],
        source="Karan and Du (2025); Karpathy and Patel (2025)",
        paper="karpathy2025",
        minutes={"quick": 0.7},
        headline=("pass_at_1", "pass_at_256", "entropy"),
        seeds=SEEDS,
        claims=claims(),
        labels={
            "base": "base model",
            "cold": f"temperature {1 / ALPHA}",
            "power": f"power sampling, {ALPHA:g}",
            "best-of-8": f"likeliest of {BEST}",
            "grpo": "GRPO",
            "grpo-far": "GRPO, trained further",
        },
        notes=(
            f"{PROBLEMS} problems; generation 1 is the base model with its sampler, later ones are "
            "trained on their own answers",
        ),
    )


def solved(p: np.ndarray, k: int = 1) -> float:
    """pass@k of answer probabilities (PROBLEMS, answers), exact."""
    right = p[np.arange(PROBLEMS), right_answers()]
    return float((1 - (1 - right) ** k).mean())


def sharpened() -> np.ndarray:
    """(PROBLEMS, answers) p^ALPHA of whole answers, renormalised."""
    p = law() ** ALPHA
    return p / p.sum(1, keepdims=True)


def likeliest() -> np.ndarray:
    """(PROBLEMS, answers) of the likeliest of BEST: F^k - G^k, F and G the mass of the answers that
    are at most, and less, as likely."""
    made = np.zeros((PROBLEMS, SYMBOLS**PLACES))
    for new, p in zip(made, law(), strict=True):
        order = np.argsort(p, kind="stable")
        up_to = np.cumsum(p[order])
        new[order] = np.diff(np.minimum(up_to, 1) ** BEST, prepend=0.0)
    return made


def written(key, seeds: int) -> dict:
    """Curve "tokens" (seeds, 2): tokens that power sampling writes for each token of an answer of
    679 tokens in blocks of 192, and of the toy, by drawing its cuts (answers of full length)."""
    rng = generator(key)

    def cost(length, block):
        ends = np.minimum(np.arange(block, length + block, block), length)
        cuts = rng.integers(0, ends, (seeds, 200, STEPS, len(ends)))
        return (length + (ends - cuts).sum((2, 3)).mean(1)) / length

    return {"curves": {"tokens": np.stack([cost(679, 192), cost(PLACES, BLOCK)], 1)}}


def toy_cost() -> float:
    ends = np.arange(BLOCK, PLACES + 1, BLOCK)
    return 1 + STEPS * float((ends + 1).sum()) / (2 * PLACES)


def claims() -> tuple:
    toy = partial(shape, differs=DIFFERS)

    def curve(record, arm, name="pass_at_1", t=1):
        return record["curves"][f"{arm}/{name}"][:, t].astype(float)

    def within(record, arm, t=1):
        """(S,) entropy of the answers to a problem, in nats."""
        return curve(record, arm, "entropy", t) - np.log(PROBLEMS)

    exact = [
        number(
            f"Solved at the first try, {words}",
            source,
            lambda r, arm=arm: curve(r, arm),
            solved(p),
            error=0.002,
        )
        for arm, words, source, p in (
            ("base", "base model", "derived: the table itself", law()),
            ("cold", "low temperature", "derived: p(token)^alpha", law(1 / ALPHA)),
            ("best-of-8", "likeliest of 8", "derived: F^8 - G^8", likeliest()),
        )
    ]
    return (
        *exact,
        toy(
            "Whole answers sharpened above tokens sharpened",
            "Karan and Du (2025), table 1: .748 above .690",
            lambda r: curve(r, "power") - curve(r, "cold"),
            ".748 above .690",
            above=0.0,
        ),
        toy(
            "Solved at the first try, power sampling",
            "Karan and Du (2025), table 1: .496 to .748",
            lambda r: curve(r, "power"),
            "more than the base",
            above=2 * solved(law()),
        ),
        toy(
            "Share of the gain of p^alpha that ten steps reach",
            "derived: p(answer)^alpha, exact",
            lambda r: (curve(r, "power") - solved(law())) / (solved(sharpened()) - solved(law())),
            "ten steps are enough",
            above=0.95,
            note="ten steps a block are not enough for the chain to forget its first draft",
        ),
        toy(
            "Solved at the first try, GRPO over power sampling",
            "Karan and Du (2025), table 1: .785 over .748",
            lambda r: curve(r, "grpo", t=LAST) / curve(r, "power"),
            "1.05 times",
            below=1.1,
            at=(LAST,),
            note="the verifier knows what is right, the likelihood only what is likely",
        ),
        *[
            toy(
                f"pass@256, {words} minus power sampling",
                "Karan and Du (2025): power sampling above GRPO at many tries",
                lambda r, arm=arm: (
                    curve(r, arm, "pass_at_256", LAST) - curve(r, "power", "pass_at_256")
                ),
                "power sampling above GRPO",
                below=0.0,
                at=(LAST,),
                note=note,
            )
            for arm, words, note in (
                (
                    "grpo",
                    "GRPO",
                    "while a problem is still tried in several ways, its right answer is found; "
                    "training that goes further loses it",
                ),
                ("grpo-far", "GRPO trained further", ""),
            )
        ],
        toy(
            "pass@256 lost by power sampling",
            "Karan and Du (2025): meets the base at many tries",
            lambda r: curve(r, "base", "pass_at_256") - curve(r, "power", "pass_at_256"),
            "no loss of diversity",
            below=0.05,
            note="p^alpha has less entropy than p; the paper's no loss is against GRPO",
        ),
        toy(
            "Entropy within a problem that power sampling keeps",
            "derived: p^alpha is narrower than p for alpha above 1",
            lambda r: within(r, "power") / within(r, "base"),
            "less than all",
            below=0.9,
        ),
        toy(
            "Entropy within a problem, GRPO over power sampling",
            "Karan and Du (2025): without the loss of diversity of RL",
            lambda r: within(r, "grpo", LAST) / within(r, "power"),
            "power sampling keeps more",
            below=1.0,
            at=(LAST,),
            note="training that stops here leaves several answers to a problem that has not been "
            "solved often; training that goes further does not",
        ),
        toy(
            "Entropy kept by power samples fed back once",
            "derived: p^alpha, then its power again",
            lambda r: within(r, "power", 2) / within(r, "power"),
            "it compounds",
            below=0.7,
            at=(2,),
        ),
        toy(
            "pass@256 after power samples are fed back",
            "derived: one answer to each problem is left",
            lambda r: curve(r, "power", "pass_at_256", LAST) - curve(r, "power", "pass_at_256"),
            "it falls",
            below=0.0,
            at=(LAST,),
        ),
        *[
            number(
                f"Tokens for a token of a power sample, {words}",
                source,
                lambda r, i=i: r["curves"]["tokens"][:, i],
                expected,
                error=0.05,
                evidence="cost",
                note=note,
            )
            for i, words, source, expected, note in (
                (
                    0,
                    "679 tokens",
                    "Karan and Du (2025): N T / (4 B), T = 679, B = 192, N = 10",
                    8.84,
                    "the formula is that of many blocks; with four, half a block more is written "
                    "in each step, the last block counts as a whole one, and the first draft adds "
                    "1",
                ),
                (1, "the toy", "derived: 1 + N sum (end of block + 1) / (2 T)", toy_cost(), ""),
            )
        ],
        number(
            "Answers after which training with GRPO has cost less than power sampling",
            "derived: answers of the training / (tokens for a token - 1)",
            lambda r: (LAST - 1) * PROBLEMS * GROUP / (r["curves"]["tokens"][:, 1] - 1),
            (LAST - 1) * PROBLEMS * GROUP / (toy_cost() - 1),
            error=25.0,
            evidence="cost",
        ),
    )

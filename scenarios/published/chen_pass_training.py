"""Trained for pass@k: the advantage of an answer is that of the sets it takes part in

Chen et al. (2025): with N answers of which N- are wrong, the reward of sets of k gives advantages
in closed form. Problems learned from sampled answers by policy gradients: what is solved well is
left alone, so that entropy stays and what is hard is learned.
"""

import jax.numpy as jnp
import numpy as np

from collapse import (
    GRPO,
    Arm,
    Conditional,
    FunctionReward,
    PassAt,
    PromptDiversity,
    Scenario,
    ScoreOnly,
)
from collapse.learners.advantage import pass_advantage
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (60, 16), "laptop": (400, 64)}  # problems, seeds
N, K, SOLVED = 8, 4, (1, 2, 4)  # answers, of a set, right ones
RIGHT, WRONG = (1.0, 0.522, 0.120), (-0.143, -0.174, -0.120)  # advantages, recomputed
EACH, LAST, RATE, TRIES = 32, 20, 1.0, 7
DIFFERS = "a table of problems and answers, not a language model"


def scenario(size: str = "quick") -> Scenario:
    problems, seeds = SIZES[size]
    skill = np.linspace(0.03, 0.6, problems)[:, None]
    p = np.concatenate([skill, np.repeat((1 - skill) / TRIES, TRIES, 1)], 1)
    table = Conditional(p, np.full(problems, 1 / problems))
    right = FunctionReward(lambda rows: (rows[:, 1] == 0) * 1.0)

    def arm(**settings):
        return Arm(
            truth=table,
            model=table,
            judge=ScoreOnly(right),
            learner=GRPO(learning_rate=RATE * problems, **settings),
            measures=(PassAt(right, ks=(1, K), of="model"), PromptDiversity()),
            n=problems * EACH,
            group=N,
            generations=LAST,
        )

    return comparison(
        {"pass-at-1": arm(), "pass-at-k": arm(baseline="pass-at-k", k=K)},
        evidence={"advantages": advantages},
        name="chen-pass-training",
        title=__doc__.split("\n")[0],
        source="Chen et al. (2025)",
        paper="chen2025passk",
        minutes={"quick": 0.3, "laptop": 0.3},
        headline=("pass_at_1", f"pass_at_{K}", "per_prompt_entropy"),
        seeds=seeds,
        claims=claims(),
    )


def advantages(key, seeds: int) -> dict:
    """Curves of groups with SOLVED right answers, and with N - K + 1: right, wrong, sum (1, 4)."""
    count = np.array([*SOLVED, N - K + 1])
    found = np.asarray(pass_advantage(jnp.arange(N)[None] < count[:, None], K))
    curves = {"right": found[:, 0], "wrong": found[:, -1], "sum": np.abs(found.sum(1))}
    return {"curves": {name: curve[None] for name, curve in curves.items()} | {"solved": count}}


def claims() -> tuple:
    exact = {"spread": 0.0, "evidence": "advantages"}

    def change(record, curve, t=LAST):
        """(S,) of pass-at-k training over pass-at-1 training."""
        one, sets = (record["curves"][f"{arm}/{curve}"][:, t] for arm in ("pass-at-1", "pass-at-k"))
        return sets - one

    return (
        number(
            "Advantage of a right answer, 1, 2 and 4 of 8 right, sets of 4",
            "(1 - R) / sigma",
            lambda r: r["curves"]["right"][:, :3],
            RIGHT,
            SOLVED,
            error=5e-4,
            **exact,
        ),
        number(
            "Advantage of a wrong answer",
            "(1 - R - C(N- - 1, k - 1) / C(N - 1, k - 1)) / sigma",
            lambda r: r["curves"]["wrong"][:, :3],
            WRONG,
            SOLVED,
            error=5e-4,
            **exact,
        ),
        shape(
            "Advantages of a group sum to 0, and are 0 once every set has a right answer",
            "advantages in closed form",
            lambda r: np.concatenate([r["curves"]["sum"], np.abs(r["curves"]["right"][:, 3:])], 1),
            "0",
            below=1e-5,
            at=(*SOLVED, N - K + 1, N - K + 1),
            **exact,
        ),
        shape(
            "Trained for pass@k: more entropy is left",
            "exploration: entropy stays or rises",
            lambda r: change(r, "per_prompt_entropy"),
            "exploration is kept",
            above=0.1,
            at=(LAST,),
            differs=DIFFERS,
        ),
        shape(
            "Trained for pass@k: pass@1 is lower",
            "pass@1 training is greedy",
            lambda r: change(r, "pass_at_1"),
            "exploitation is less",
            below=0.0,
            at=(LAST,),
            differs=DIFFERS,
        ),
        shape(
            "Trained for pass@k: pass@k is higher",
            "pass@k training raises pass@k",
            lambda r: change(r, f"pass_at_{K}"),
            "higher",
            above=0.0,
            at=(LAST,),
            note="at one rate of learning the advantages of sets are smaller, and a table shares "
            "nothing between problems",
            differs=DIFFERS,
        ),
    )

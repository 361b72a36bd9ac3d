"""Does a model with a poor memory find the rule where one with a good memory recalls the noise?

Rows are a subject, a word and an answer. For half of the words a rule gives the answer, whatever
the subject, but for a tenth of the rows, which are wrong; for the other half each subject has a
random answer, which can only be memorised. Memory is limited by the order of an n-gram, the size of
a hashed memory, weight decay or width. Recall: the chance of the random answers. Rule: the chance
of the right answer to pairs of a subject and a word that were never seen. Over generations each
model trains on what the one before wrote. This is about memory and says nothing about collapse. A
toy: 12 subjects, 12 words, 6 answers.
"""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from collapse import (
    Arm,
    Empirical,
    GivenRows,
    HashedNGram,
    Scenario,
    TokenTable,
    Training,
)
from collapse.loop.settle import unjudged
from collapse.scenario.published import comparison, number, shape

SIZES = {"quick": (1500, 4, 4), "laptop": (5000, 8, 16)}  # rows, generations, seeds
SUBJECTS, WORDS, ANSWERS = 12, 6, 6  # words of the rule, and as many of the noise
VOCABULARY = 1 + SUBJECTS + 2 * WORDS + ANSWERS
UNSEEN, WRONG = 0.5, 0.1  # share of the rule's pairs held out; of the others, with a wrong answer
FITS = {"steps": 240, "batch": 64, "learning_rate": 0.03}
DECAY, BUCKETS = 0.1, 55  # decay per unit of learning rate; rows of a small memory
DIFFERS = "tables and log-linear n-grams of 31 tokens, not a network of a billion parameters"


def corpus() -> dict[str, np.ndarray]:
    """Rows (N, 3): "facts", random answers; "taught", pairs of the rule with its answer or a wrong
    one; "unseen", the other pairs with the right answer."""
    rng = np.random.default_rng(2)
    subject, word, answer = 1, 1 + SUBJECTS, 1 + SUBJECTS + 2 * WORDS
    rule = rng.permutation(ANSWERS)[:WORDS]
    pairs = [(y, x) for y in range(SUBJECTS) for x in range(WORDS)]
    # Of every word the same number of subjects is held out.
    held = {(y, x) for x in range(WORDS) for y in rng.permutation(SUBJECTS)[: SUBJECTS // 2]}
    taught, unseen = [], []
    for y, x in pairs:
        row = [subject + y, word + x, answer + rule[x]]
        (unseen if (y, x) in held else taught).append(row)
    taught = np.array(taught)
    wrong = rng.choice(len(taught), round(WRONG * len(taught)), replace=False)
    own = taught[wrong, 2] - answer
    taught[wrong, 2] = answer + (own + rng.integers(1, ANSWERS, len(wrong))) % ANSWERS
    facts = [[subject + y, word + WORDS + x, answer + rng.integers(ANSWERS)] for y, x in pairs]
    made = {"facts": np.array(facts), "taught": taught, "unseen": np.array(unseen)}
    return {name: rows.astype(np.int32) for name, rows in made.items()}


def scenario(size: str = "quick") -> Scenario:
    n, generations, seeds = SIZES[size]
    rows = corpus()
    truth = Empirical.of(np.concatenate([rows["facts"], rows["taught"]]), VOCABULARY)

    def arm(model):
        return Arm(
            truth=truth,
            model=model,
            measures=(
                GivenRows(rows["facts"], name="recall", given=2),
                GivenRows(rows["unseen"], name="rule", given=2),
            ),
            n=n,
            generations=generations,
        )

    def hashed(decay=0.0, **memory):
        return arm(HashedNGram(VOCABULARY, 3, training=Training(decay=decay, **FITS), **memory))

    arms = {
        "order-2": arm(TokenTable.uniform(VOCABULARY, 3, order=2)),
        "order-3": arm(TokenTable.uniform(VOCABULARY, 3, order=3)),
        "large": hashed(),
        "small": hashed(buckets=BUCKETS),
        "decay": hashed(decay=DECAY),
        "narrow": hashed(width=2),
    }
    return comparison(
        arms,
        evidence={"likeliest": partial(likeliest, {k: arms[k] for k in ("large", "small")})},
        name="cognitive-core",
        title=__doc__.split("\n")[0],
        source="the question of Karpathy (2025)",
        paper="karpathy2025",
        minutes={"quick": 0.7, "laptop": 4},
        headline=("recall_probability", "rule_probability"),
        seeds=seeds,
        labels={
            "order-2": "table of one word before",
            "order-3": "table of both words before",
            "large": "large hashed memory",
            "small": "small hashed memory",
            "decay": "large, weight decay",
            "narrow": "large, width 2",
        },
        claims=claims(n, generations),
    )


def likeliest(arms: dict, key, seeds: int) -> dict:
    """Curves (seeds,): how often the likeliest answer to an unseen pair of the rule is right, of
    first fits. By name of the arm."""
    unseen = corpus()["unseen"]
    answers = np.arange(VOCABULARY - ANSWERS, VOCABULARY, dtype=np.int32)
    every = np.repeat(unseen, ANSWERS, axis=0)
    every[:, 2] = np.tile(answers, len(unseen))

    def one(arm, key):
        drawing, fitting = jax.random.split(key)
        pool = unjudged(arm.truth.real(drawing, arm.n), arm.n, {})
        fitted = arm.model.fit(fitting, pool)
        log_p = fitted.token_log_probs(jnp.asarray(every))[:, 2].reshape(-1, ANSWERS)
        return (jnp.asarray(answers)[log_p.argmax(1)] == unseen[:, 2]).mean()

    keys, curves = jax.random.split(key, seeds), {}
    for name, arm in arms.items():
        each = jax.jit(partial(one, arm))
        curves[name] = np.array([each(k) for k in keys])
    return {"curves": curves}


def shared_recall() -> float:
    """The chance of a random answer if only the word before it is known. derived: of a word's
    answers, each subject's is drawn with its share c / 12, so that the mean is sum (c / 12)^2."""
    facts = corpus()["facts"]
    words = [facts[facts[:, 1] == word, 2] for word in np.unique(facts[:, 1])]
    shares = [np.unique(x, return_counts=True)[1] / len(x) for x in words]
    return float(np.mean([(share**2).sum() for share in shares]))


def taught_right() -> float:
    """The share of right answers among the rows of the rule that were taught, by word."""
    rows = corpus()
    right = {word: answer for _, word, answer in rows["unseen"]}
    return float(np.mean([right[word] == answer for _, word, answer in rows["taught"]]))


def claims(n: int, last: int) -> tuple:
    def curve(record, arm, name, at=(1,)):
        return record["curves"][f"{arm}/{name}_probability"][:, list(at)].astype(float)

    rows = len(corpus()["facts"]) + len(corpus()["taught"])
    known = 1 - (1 - 1 / rows) ** n
    first = partial(shape, at=(1,), differs=DIFFERS)
    late = partial(shape, at=(last,), differs=DIFFERS)
    return (
        number(
            "Rule, one word of memory",
            "derived: the share of right answers that were taught",
            lambda r: curve(r, "order-2", "rule"),
            taught_right(),
            error=0.01,
        ),
        number(
            "Recall, one word of memory",
            "derived: sum of squared shares of a word's answers",
            lambda r: curve(r, "order-2", "recall"),
            shared_recall(),
            error=0.01,
        ),
        number(
            "Rule, table of both words",
            "derived: a pair that was never seen has a uniform row, 1 / 31",
            lambda r: curve(r, "order-3", "rule"),
            1 / VOCABULARY,
            error=1e-5,
            spread=0.0,
        ),
        number(
            "Recall, table of both words",
            "derived: 1 for rows that were drawn, 1 - (1 - 1 / N)^n of them, else 1 / 31",
            lambda r: curve(r, "order-3", "recall"),
            known + (1 - known) / VOCABULARY,
            error=0.01,
        ),
        first(
            "Recall, large hashed memory",
            "article: large models memorise random strings in a pass or two",
            lambda r: curve(r, "large", "recall"),
            "most of them",
            above=0.8,
        ),
        first(
            "Rule, one word of memory minus large memory",
            "article: a poor memory is a feature",
            lambda r: curve(r, "order-2", "rule") - curve(r, "large", "rule"),
            "the poor memory knows the rule better",
            above=0.0,
        ),
        first(
            "Rule, small minus large hashed memory",
            "article: a poor memory is a feature",
            lambda r: curve(r, "small", "rule") - curve(r, "large", "rule"),
            "the poor memory knows the rule better",
            above=0.0,
            note=(
                "rows that unrelated contexts share answer unseen pairs with what belongs to others"
            ),
        ),
        first(
            "Rule, weight decay minus none",
            "article: a poor memory is a feature",
            lambda r: curve(r, "decay", "rule") - curve(r, "large", "rule"),
            "the poor memory knows the rule better",
            above=0.0,
            note="decay makes the rule less certain too",
        ),
        first(
            "Recall, weight decay minus none",
            "derived: what is particular is seldom seen, and decays",
            lambda r: curve(r, "decay", "recall") - curve(r, "large", "recall"),
            "less is recalled",
            below=0.0,
        ),
        first(
            "Rule, width 2 minus full width",
            "article: a poor memory is a feature",
            lambda r: curve(r, "narrow", "rule") - curve(r, "large", "rule"),
            "the poor memory knows the rule better",
            above=0.0,
            note="two numbers for a context hold neither its rule nor its noise",
        ),
        first(
            "Rule by the likeliest answer, large memory",
            "article: a good memory distracts from the rule",
            lambda r: r["curves"]["large"],
            "wrong at least once in twenty",
            below=0.95,
            evidence="likeliest",
            note=(
                "what is common is learned first and from most rows; what was memorised makes the "
                "answer less certain, and not another"
            ),
        ),
        first(
            "Rule by the likeliest answer, small minus large hashed memory",
            "article: a poor memory is a feature",
            lambda r: r["curves"]["small"] - r["curves"]["large"],
            "the poor memory knows the rule better",
            above=0.0,
            evidence="likeliest",
            note=(
                "rows that unrelated contexts share answer unseen pairs with what belongs to others"
            ),
        ),
        late(
            "Recall lost over generations, large memory",
            "derived: what is said once or never is forgotten",
            lambda r: curve(r, "large", "recall", (last,)) - curve(r, "large", "recall"),
            "falls",
            below=0.0,
        ),
        late(
            "Rule lost over generations over recall lost, large memory",
            "article: the core stays when the memory goes",
            lambda r: (
                (curve(r, "large", "rule") - curve(r, "large", "rule", (last,)))
                / (curve(r, "large", "recall") - curve(r, "large", "recall", (last,)))
            ),
            "the rule lasts longer than what was memorised",
            below=1.0,
        ),
    )

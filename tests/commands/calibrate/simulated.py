"""Files of verdicts with planted biases: a judge with known position, length and self-preference.

A judge decides for the first of two answers if

    position + quality + length + self + e > 0,

e logistic, so that the coefficients are exactly those of a logistic regression. Verdicts on one
question are not independent: e is a Gaussian of which a part comes from what the judge thinks of
each answer to the question, turned into a logistic one. An answer's part changes its sign with the
order, as that of a real judge does.
"""

import csv
import json
from itertools import combinations

import numpy as np
from scipy.special import logit, ndtr

MODELS = ("gpt-4", "claude-3", "llama-3")
JUDGES = ("gpt-4", "claude-3")
TRUE = {"position": 0.6, "quality": 1.0, "length": 0.05, "self": 0.7}
SHARED = 0.5  # of the variance of e: what the judge thinks of the two answers
STRENGTH = np.array([0.5, 0.3, 0.0])  # of the models, in place of a quality that is known
SINGLE = {"quality": 1.5, "length": 0.04, "self": 0.8, "noise": 1.0}
QUESTION, REPEAT = 0.6, 0.8  # standard deviations of a score: of the question, of each verdict


class Pairs:
    """Verdicts on all pairs of three models' answers to each question, in both orders, a third of
    the pairs twice."""

    def __init__(self, random, questions=60, judges=1, both=True, again=True, true=TRUE):
        q, ij = np.arange(questions), np.array(list(combinations(range(3), 2)))
        grid = np.array([(k, *pair) for k in q for pair in ij])
        order = [False, True] if both else [False]
        rows = np.array([(*g, o, j) for g in grid for o in order for j in range(judges)])
        if again:
            rows = np.concatenate([rows, rows[rows[:, 0] % 3 == 0]])
        self.question, one, two, turned, self.judge = rows.T
        if not both:
            turned = random.integers(0, 2, len(rows))
        self.first, self.second = np.where(turned, two, one), np.where(turned, one, two)
        self.turned, self.true = turned, true
        self.label = (random.random((questions, 3)) < 0.5).astype(int)
        self.length = random.poisson(20, (questions, 3)) + 3 * (np.arange(3) == 0)
        self.odds = true["position"] + true["length"] * self.difference(self.length)
        self.odds = self.odds + true["self"] * (
            (self.first == self.judge).astype(float) - (self.second == self.judge)
        )
        thought = random.normal(size=(questions, 3, judges))
        at = self.question
        mine = thought[at, self.first, self.judge] - thought[at, self.second, self.judge]
        own = random.normal(size=len(rows))
        z = np.sqrt(SHARED / 2) * mine + np.sqrt(1 - SHARED) * own
        self.noise = logit(np.clip(ndtr(z), 1e-12, 1 - 1e-12))

    def difference(self, of):
        """A number of answers (questions, 3), first less second."""
        return of[self.question, self.first] - of[self.question, self.second]

    def won(self, known=True):
        """Whether the first wins: by labels, or by the strengths of models that nobody knows."""
        quality = self.true["quality"] * self.difference(self.label)
        strength = STRENGTH[self.first] - STRENGTH[self.second]
        return self.odds + (quality if known else strength) + self.noise > 0


def pair_jsonl(path, made: Pairs):
    """One row a verdict, in our own columns; a is the first of the models."""
    lines, won = [], made.won()
    for k, (q, i, j) in enumerate(zip(made.question, made.first, made.second, strict=True)):
        a, b = min(i, j), max(i, j)
        row = {"question": f"q{q}", "judge": JUDGES[made.judge[k]]}
        row |= {"model_a": MODELS[a], "model_b": MODELS[b], "position": "a" if i == a else "b"}
        row |= {f"label_{s}": int(made.label[q, x]) for s, x in (("a", a), ("b", b))}
        row |= {f"length_{s}": int(made.length[q, x]) for s, x in (("a", a), ("b", b))}
        row["choice"] = "first" if won[k] else "second"
        lines.append(json.dumps(row))
    path.write_text("\n".join(lines))
    return path


def alpacaeval_json(path, made: Pairs):
    """The annotations of AlpacaEval: texts and generators, and no label."""
    won = made.won(known=False)
    texts = [
        [f"answer {q} {m} " + "word " * (n - 3) for m, n in enumerate(row)]
        for q, row in enumerate(made.length)
    ]
    rows = []
    for k, (q, i, j) in enumerate(zip(made.question, made.first, made.second, strict=True)):
        row = {"instruction": f"do {q}", "output_1": texts[q][i], "generator_1": MODELS[i]}
        row |= {"output_2": texts[q][j], "generator_2": MODELS[j], "dataset": "made"}
        row |= {"annotator": JUDGES[made.judge[k]], "preference": 1 if won[k] else 2}
        rows.append(row)
    path.write_text(json.dumps(rows))
    return path


def singles_csv(path, random, questions=60, true=SINGLE):
    """Scores of three models' answers to each question, a third of them twice."""
    q, m = (x.ravel() for x in np.indices((questions, 3)))
    q, m = (np.concatenate([x, x[q % 3 == 0]]) for x in (q, m))
    label = random.integers(0, 2, (questions, 3))[q, m]
    length = random.poisson(20, (questions, 3))[q, m]
    score = true["quality"] * label + true["length"] * length + true["self"] * (m == 0)
    score = score + random.normal(0, QUESTION, questions)[q]
    score = score + random.normal(0, REPEAT, len(q))
    with open(path, "w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["question", "model", "judge", "label", "length", "score"])
        named = [MODELS[k] for k in m]
        rows.writerows(zip(q, named, ["gpt-4"] * len(q), label, length, score, strict=True))
    return path


def laws(questions=100_000, seed=99, known=True) -> dict[str, float]:
    """The shares that the planted numbers imply, of many questions: no estimate's formula."""
    random = np.random.default_rng(seed)
    made = Pairs(random, questions, again=False)
    one = made.won(known).reshape(-1, 2)
    first, turned = one[:, 0], one[:, 1]
    flips = first == turned
    return {
        "first": float(one.mean()),
        "consistent": float((first != turned).mean()),
        "first_twice": float((first & turned).mean()),
        "second_twice": float((~first & ~turned).mean()),
        "favours_first": float((first & turned).sum() / flips.sum()),
    }

"""Speed of the indices, as ratios to the package a person would call, in the same run.

    python -m tests.benchmarks.indices [distinct] [bleu] [vendi] [balls] [sliced]

nltk, vendi-score and prdc are called where they are installed; else a plain stand-in does the same
work, and its name says so. Values are compared before anything is timed; candidates alternate, and
the medians of several rounds give the ratio. Machine and load are printed with them.
"""

import contextlib
import io
import math
import statistics
import sys
from collections import Counter

import numpy as np

from collapse.metrics import distances, lexical, neighbours, overlap, similarity
from tests.benchmarks import peers
from tests.benchmarks.first_light import corpus, machine, seconds


def ratio(title: str, goal: float, theirs: str, peer, ours, rounds: int = 5, calls: int = 5):
    """Times the peer once and ours ``calls`` times in each round."""
    ours()
    peer_s, our_s = [], []
    for _ in range(rounds):
        peer_s.append(seconds(peer))
        our_s += [seconds(ours) for _ in range(calls)]
    peer_m, our_m = statistics.median(peer_s), statistics.median(our_s)
    best = min(peer_s) / min(our_s)
    print(
        f"{title:34} {theirs} {peer_m * 1e3:9.1f} ms, ours {our_m * 1e3:7.2f} ms: "
        f"{peer_m / our_m:6.1f}x (of the best {best:.1f}x; goal {goal:g}x)",
        flush=True,
    )


def distinct() -> None:
    for size in (64, 2000):
        tokens = corpus(size, 1, 1_000_000)[0]
        listed = tokens.tolist()
        for n, goal in ((2, 50), (3, 35)):
            different, total = peers.distinct(listed, n)
            assert lexical.distinct(tokens, n) == different / total
            peer = lambda n=n, listed=listed: peers.distinct(listed, n)  # noqa: E731
            ours = lambda n=n, tokens=tokens: lexical.distinct(tokens, n)  # noqa: E731
            ratio(f"distinct-{n}, 1M tokens, V = {size}", goal, "Counter of tuples", peer, ours)


def plain_bleu(own, others) -> float:
    """Sentence BLEU-4 by Counters, with nltk's method1."""
    logs = 0.0
    for n in (1, 2, 3, 4):
        count = lambda row, n=n: Counter(zip(*(row[i:] for i in range(n)), strict=False))  # noqa: E731
        mine, most = count(own), Counter()
        for other in others:
            theirs = count(other)
            for gram in mine:
                most[gram] = max(most[gram], theirs[gram])
        clipped = sum((mine & most).values())
        if n == 1 and clipped == 0:
            return 0.0
        logs += math.log((clipped or 0.1) / max(len(own) - n + 1, 1)) / 4
    closest = min((len(other) for other in others), key=lambda m: (abs(m - len(own)), m))
    return math.exp(logs) * (1 if len(own) > closest else math.exp(1 - closest / len(own)))


def sentence_bleu():
    try:
        from nltk.translate import bleu_score
    except ImportError:
        return "plain Counters (no nltk)", plain_bleu
    smooth = bleu_score.SmoothingFunction().method1
    return "nltk", lambda own, others: bleu_score.sentence_bleu(
        others, own, smoothing_function=smooth
    )


def bleu(scored: int = 25) -> None:
    """The peer scores 25 of the 500 sentences, each against the 499 others; 20 times that is all.
    Lengths of 20 to 40, mean 30."""
    rng = np.random.default_rng(0)
    rows = [row[: 20 + i % 21].tolist() for i, row in enumerate(corpus(2000, 500, 40))]
    theirs, score = sentence_bleu()
    chosen = rng.choice(500, scored, replace=False)
    every = lambda: [score(rows[i], rows[:i] + rows[i + 1 :]) for i in chosen]  # noqa: E731
    gap = np.abs(np.array(every()) - overlap.self_bleus(rows)[chosen]).max()
    assert gap < 1e-14, gap
    peer = [seconds(every) for _ in range(3)]
    ours = [seconds(overlap.self_bleu, rows) for _ in range(15)]
    whole = statistics.median(peer) * 500 / scored
    print(
        f"{'self-BLEU, 500 x 30 tokens':34} {theirs} {whole:9.1f} s (from {scored} of 500), ours "
        f"{statistics.median(ours) * 1e3:.2f} ms: {whole / statistics.median(ours):.0f}x (of the "
        f"best {min(peer) * 500 / scored / min(ours):.0f}x; goal 4000x); differ by {gap:.0e}",
        flush=True,
    )


def vendi_packages():
    """A score by a kernel function of pairs, and one by the dual: vendi-score's or a stand-in."""
    try:
        from vendi_score import vendi as package

        by_pairs = lambda rows: package.score(rows, np.dot, normalize=True)  # noqa: E731
        return "vendi_score", by_pairs, package.score_dual
    except (ImportError, AttributeError):  # it does not load with scipy 1.15 and later
        return "plain (no vendi_score)", plain_vendi, plain_dual


def plain_vendi(rows) -> float:
    n = len(rows)
    kernel = np.zeros((n, n))
    for i in range(n):
        for j in range(i, n):
            kernel[i, j] = kernel[j, i] = np.dot(rows[i], rows[j])
    length = np.sqrt(np.diagonal(kernel))
    return entropy_of(kernel / np.outer(length, length) / n)


def plain_dual(rows) -> float:
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return entropy_of(unit.T @ unit / len(rows))


def entropy_of(kernel) -> float:
    from scipy.linalg import eigvalsh

    share = eigvalsh(kernel)
    share = share[share > 0]
    return math.exp(-(share * np.log(share)).sum())


def vendi() -> None:
    rows = np.random.default_rng(1).normal(size=(1000, 64))
    theirs, by_pairs, dual = vendi_packages()
    ours = similarity.vendi(rows)
    assert abs(by_pairs(rows) - ours) + abs(dual(rows) - ours) < 1e-8 * ours
    call = lambda: similarity.vendi(rows)  # noqa: E731
    ratio("Vendi, n = 1000, d = 64, of pairs", 300, theirs, lambda: by_pairs(rows), call)
    ratio("Vendi, n = 1000, d = 64, dual", 5, theirs, lambda: dual(rows), call, 15)


def plain_prdc(reference, sample, nearest_k) -> dict:
    """Precision and recall by all three tables of distances, as prdc does."""
    from scipy.spatial.distance import cdist

    def radii(rows):
        return np.partition(cdist(rows, rows), nearest_k, axis=1)[:, nearest_k]

    own, theirs, across = radii(sample), radii(reference), cdist(reference, sample)
    precise = (across < theirs[:, None]).any(0).mean()
    return {"precision": precise, "recall": (across < own).any(1).mean()}


def balls() -> None:
    try:
        from prdc import compute_prdc as quadratic

        theirs = "prdc"
    except ImportError:
        theirs, quadratic = "plain tables (no prdc)", plain_prdc

    def peer(reference, sample):
        with contextlib.redirect_stdout(io.StringIO()):
            return quadratic(reference, sample, 5)

    for d, goal in ((2, 10), (64, 4)):
        rng = np.random.default_rng(2)
        reference, sample = rng.normal(size=(5000, d)), rng.normal(0, 0.9, (5000, d))

        def ours(reference=reference, sample=sample):
            return [f(sample, reference) for f in (neighbours.precision, neighbours.recall)]

        found = peer(reference, sample)
        assert ours() == [found["precision"], found["recall"]]
        title = f"precision, recall, n = 5000, d = {d}"
        ratio(title, goal, theirs, lambda r=reference, s=sample: peer(r, s), ours, 5, 3)


def sliced() -> None:
    """Against one call of scipy a direction, which gives W1 where ours gives W2: the same sorts."""
    from scipy.stats import wasserstein_distance

    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(10_000, 8)), rng.normal(0.1, 1, (10_000, 8))
    along = rng.normal(size=(128, 8))
    loop = lambda: [wasserstein_distance(x @ a, y @ a) for a in along]  # noqa: E731
    ours = lambda: distances.sliced_wasserstein(x, y)  # noqa: E731
    ratio("sliced W2, n = 10,000, 128 ways", 40, "scipy, W1 in a loop", loop, ours)


def main() -> None:
    print(machine())
    rows = {"distinct": distinct, "bleu": bleu, "vendi": vendi, "balls": balls, "sliced": sliced}
    for name in sys.argv[1:] or rows:
        rows[name]()


if __name__ == "__main__":
    main()

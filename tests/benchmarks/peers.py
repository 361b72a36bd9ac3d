"""The plain way: what a paper's script does, in Python dictionaries. Ratios are against these."""

import random
from collections import Counter, defaultdict

import numpy as np


def ngram_generation(rows: list[list[int]], order: int, length: int) -> list[list[int]]:
    """Fit an n-gram model in a dictionary of dictionaries and sample as many rows from it."""
    counts = defaultdict(lambda: defaultdict(int))
    for row in rows:
        context = (-1,) * (order - 1)
        for token in row:
            counts[context][token] += 1
            context = (*context[1:], token) if order > 1 else ()
            if token == 0:
                break
    table = {c: (list(after), list(after.values())) for c, after in counts.items()}
    contexts = list(table)
    sampled = []
    for _ in rows:
        context, row = (-1,) * (order - 1), []
        while len(row) < length:
            if context not in table:  # only after a row that was cut
                context = random.choice(contexts)
            tokens, weights = table[context]
            token = random.choices(tokens, weights)[0]
            row.append(token)
            context = (*context[1:], token) if order > 1 else ()
            if token == 0:
                break
        sampled.append(row)
    return sampled


def bigram_generation(rows: list[list[int]], length: int) -> list[list[int]]:
    """The same for order 2 alone, with plain integers as contexts: the fairest peer."""
    counts = defaultdict(lambda: defaultdict(int))
    for row in rows:
        context = -1
        for token in row:
            counts[context][token] += 1
            context = token
            if token == 0:
                break
    table = {c: (list(after), list(after.values())) for c, after in counts.items()}
    contexts = list(table)
    sampled = []
    for _ in rows:
        context, row = -1, []
        while len(row) < length:
            if context not in table:
                context = random.choice(contexts)
            tokens, weights = table[context]
            context = random.choices(tokens, weights)[0]
            row.append(context)
            if context == 0:
                break
        sampled.append(row)
    return sampled


def distinct(tokens: list[int], n: int) -> tuple[int, int]:
    """Different n-grams and all n-grams of a stream, by a Counter of tuples."""
    counted = Counter(zip(*(tokens[i:] for i in range(n)), strict=False))
    return len(counted), sum(counted.values())


def gaussian_chain(rng, generations: int, n: int) -> list[tuple[float, float]]:
    """One seed of fit, sample, fit, by NumPy; the curves are kept."""
    mean, sd, curve = 0.0, 1.0, []
    for _ in range(generations):
        rows = rng.normal(mean, sd, n)
        mean, sd = rows.mean(), rows.std(ddof=1)
        curve.append((mean, sd))
    return curve


def gaussian_accumulate(rng, generations: int, n: int) -> list[tuple[float, float]]:
    """One seed that trains on everything so far: concatenate, fit again."""
    pool, curve = rng.normal(0.0, 1.0, n), []
    for _ in range(generations):
        mean, sd = pool.mean(), pool.std()
        curve.append((mean, sd))
        pool = np.concatenate([pool, rng.normal(mean, sd, n)])
    return curve


def categorical_chain(rng, p, n: int, generations: int) -> list[tuple[int, float]]:
    """One seed of resampling by choice and bincount, with support and entropy each time."""
    curve = []
    for _ in range(generations):
        counts = np.bincount(rng.choice(len(p), n, p=p), minlength=len(p))
        p = counts / n
        alive = p[p > 0]
        curve.append((len(alive), float(-(alive * np.log(alive)).sum())))
    return curve

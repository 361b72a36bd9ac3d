"""The plain way: what a paper's script does, in Python dictionaries. Ratios are against these."""

import random
from collections import Counter, defaultdict


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

"""Beams: against enumeration, and against a beam search written over dictionaries."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import collapse as c
from tests.samplers.enumerated import (
    MODELS,
    L,
    V,
    next_tokens,
    p_value,
    row_law,
    rows_up_to,
    table,
)

ROWS = rows_up_to(V, L)
# Two tokens, two places: b is the likelier first token, ab the likeliest row.
FEW = c.TokenTable([[1, 0, 0], [0, 0, 1], [0, 0.5, 0.5], [0, 4 / 9, 5 / 9]], length=2)


def found(model, sampler, n=3, key=0):
    draw = jax.jit(lambda key: model.draw(key, n, 1, sampler).rows)
    return [tuple(row) for row in np.asarray(draw(jax.random.key(key))).tolist()]


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_wide_enough_it_finds_the_likeliest_row(name):
    """As wide as there are rows: the argmax of the enumeration, in every row. Greedy decoding
    finds what is likeliest token by token."""
    model = MODELS[name]
    after = next_tokens(model)
    best = ROWS[int(row_law(ROWS, after).argmax())]
    assert found(model, c.Beam(len(ROWS), opening=0)) == [best] * 3
    row = ()
    while len(row) < L and 0 not in row:
        row = (*row, int(after[row].argmax()))
    assert found(model, c.Beam(1, opening=0)) == [row + (0,) * (L - len(row))] * 3


@pytest.mark.slow
def test_a_beam_sees_further_than_its_best_token():
    """ab is likeliest, at 0.44; greedy decoding begins with b."""
    assert found(FEW, c.Beam(2, opening=0))[0] == (1, 2)
    assert found(FEW, c.Beam(1, opening=0))[0][0] == 2


def by_hand(after: dict, length: int, width: int) -> tuple:
    """Beam search of one row: the ``width`` likeliest of all continuations, place by place."""
    beam = [((), 0.0)]
    for _ in range(length):
        more = []
        for row, score in beam:
            if 0 in row:
                more.append(((*row, 0), score))
            else:
                more += [((*row, v), score + np.log(p)) for v, p in enumerate(after[row])]
        beam = sorted(more, key=lambda one: -one[1])[:width]
    return beam[0][0]


@pytest.mark.slow
def test_narrow_beams_are_those_made_by_hand():
    """On ten random tables, some of which a width of two gets wrong and one of three right."""
    made = {width: [] for width in (1, 2, 3)}
    search = {
        w: jax.jit(lambda m, w=w: c.Beam(w, opening=0).search(jax.random.key(0), m, 1))
        for w in made
    }
    for seed in range(10):
        model = table(4, 5, 3, seed)
        after = next_tokens(model)
        for width, rows in made.items():
            rows.append(by_hand(after, 5, width))
            assert tuple(np.asarray(search[width](model))[0].tolist()) == rows[-1]
    assert made[1] != made[2] != made[3]


@pytest.mark.slow
@pytest.mark.parametrize("opening", [1, 2])
@pytest.mark.parametrize("name", ["table", "transformer"])
def test_openings_are_drawn_and_continued_at_their_best(name, opening):
    """What was drawn has the law of the model, by chi-square; every row is the likeliest of those
    that begin so."""
    model, n = MODELS[name], 4000
    law = row_law(ROWS, next_tokens(model))
    heads = sorted({row[:opening] for row in ROWS})
    best = {
        head: max((p, row) for row, p in zip(ROWS, law, strict=True) if row[:opening] == head)[1]
        for head in heads
    }
    share = np.array(
        [sum(p for r, p in zip(ROWS, law, strict=True) if r[:opening] == h) for h in heads]
    )
    rows = found(model, c.Beam(len(ROWS), opening=jnp.array(opening)), n)
    assert all(row == best[row[:opening]] for row in rows)
    counts = np.array([sum(row[:opening] == head for row in rows) for head in heads])
    assert p_value(counts, share) > 1e-4
    assert p_value(counts, np.ones(len(heads))) < 1e-9


@pytest.mark.slow
def test_an_opening_of_everything_is_the_model():
    """As many drawn tokens as places: every row is a draw, whatever the width."""
    rows = found(MODELS["gru"], c.Beam(2, opening=L), 4000)
    counts = np.array([rows.count(row) for row in ROWS])
    law = row_law(ROWS, next_tokens(MODELS["gru"]))
    assert p_value(counts, law) > 1e-4
    assert p_value(counts, law**2) < 1e-9


def test_mistakes_are_sentences():
    assert c.Beam().validate() == []
    assert len(c.Beam(0, opening=-1).validate()) == 2

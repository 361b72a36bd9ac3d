"""The recurrent network: its recurrence by NumPy, and its mistakes."""

import numpy as np
import pytest

from tests.scenarios.writing import gru, log_probs, some_rows, stirred


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(net, rows):
    """(n, L) log-probabilities by the equations of Cho et al. (2014), the reset after the product
    with the state (Chung et al. 2014), one token at a time in double precision."""
    at = lambda name, x: x @ net[name]["w"] + net[name]["b"]  # noqa: E731
    state, before, found = np.zeros((len(rows), 8)), np.zeros(len(rows), int), []
    for token in rows.T:
        x, h = at("input", net["embed"][before]), at("state", state)
        xs, hs = np.split(x, 3, axis=1), np.split(h, 3, axis=1)
        reset, update = sigmoid(xs[0] + hs[0]), sigmoid(xs[1] + hs[1])
        state = update * state + (1 - update) * np.tanh(xs[2] + reset * hs[2])
        logits = at("output", state)
        total = np.log(np.exp(logits).sum(1))
        found.append(logits[np.arange(len(rows)), token] - total)
        before = token
    return np.stack(found, 1)


def doubled(net):
    if isinstance(net, dict):
        return {name: doubled(part) for name, part in net.items()}
    return np.asarray(net, float)


@pytest.mark.slow
def test_the_recurrence_is_that_of_the_paper():
    model = stirred(gru(6, 9))
    rows = some_rows(model)
    law = by_hand(doubled(model.net), np.asarray(rows))
    np.testing.assert_allclose(log_probs(model, rows), law, atol=1e-5)
    turned = doubled(model.net)
    turned["state"]["w"] = turned["state"]["w"].T.reshape(8, 24)  # other weights are told apart
    assert np.abs(by_hand(turned, np.asarray(rows)) - law).max() > 1e-2


def test_mistakes_are_sentences():
    assert gru().validate() == []
    assert "width must be at least 1" in gru(width=0).validate()[0]
    assert "at least 2 tokens" in gru(1).validate()[0]

"""Common combinations of a reward and a policy, under one name each, for ``--judge NAME``."""

from collections.abc import Callable

import jax.numpy as jnp
from jax import Array

from collapse.judges.choice import BestOf
from collapse.judges.policies import TopFraction
from collapse.judges.probabilistic import Tilt
from collapse.part import register
from collapse.rewards.base import Likelihood, Noise, Ratio, is_text
from collapse.rewards.bias import Format, Verbosity
from collapse.rewards.external import ExternalReward
from collapse.rewards.llm.endpoint import Endpoint
from collapse.rewards.panel import Panel


@register("typicality", "best fifth by log-probability per token")
def typicality() -> TopFraction:
    """Best fifth by log-probability per token under the model."""
    return TopFraction(Likelihood())


@register("noisy-typicality", "best fifth by log-probability per token plus noise")
def noisy_typicality() -> TopFraction:
    """Best fifth by log-probability per token plus Gaussian noise of one nat."""
    return TopFraction(Noise(Likelihood(), sd=1.0))


@register("length-biased", "best fifth by log-probability per token plus a length bonus")
def length_biased() -> TopFraction:
    """Best fifth by log-probability per token plus 0.2 nats for each token."""
    return TopFraction(Verbosity(Likelihood(), strength=0.2))


@register(
    "exploit-prone", "best fifth by log-probability per token plus a bonus for repeated tokens"
)
def exploit_prone() -> TopFraction:
    """Best fifth by log-probability per token, plus an exploitable bonus of ten nats for
    stutter."""
    return TopFraction(Format(Likelihood(), function=stutters, bonus=10.0))


@register("panel", "best fifth by the mean of a panel of three judges")
def panel() -> TopFraction:
    """Best fifth by the mean of three judges (log-probability per token), with half of their noise
    variance in common."""
    return TopFraction(Panel((Likelihood(),) * 3, sd=1.0, correlation=0.5))


@register("llm", "best fifth by scores of an LLM over HTTP, or the better of two")
def llm() -> TopFraction | BestOf:
    """Best fifth by the scores of an LLM that is set up by environment variables; in its mode
    pairwise, the better of every two."""
    return of_external(Endpoint())


def of_external(ask: Callable) -> TopFraction | BestOf:
    """Best fifth by a function of texts; the better of every two by an LLM that compares them."""
    reward = ExternalReward(ask)
    pairs = getattr(ask, "mode", "") == "pairwise"
    return BestOf(reward, k=2) if pairs else TopFraction(reward)


@register("importance", "importance weights towards the reference model")
def importance(strength=1.0) -> Tilt:
    """Importance weights: p becomes proportional to p (reference / p)^strength. With strength 1 it
    is the reference again after one generation; the arm needs ``keep_reference``."""
    return Tilt(Ratio(), strength=strength)


def stutters(items: Array) -> Array:
    """(m,) whether a token row repeats a token immediately; False for items that are not text."""
    if not is_text(items):
        return jnp.zeros(len(items), bool)
    return ((items[:, 1:] == items[:, :-1]) & (items[:, 1:] != 0)).any(-1)

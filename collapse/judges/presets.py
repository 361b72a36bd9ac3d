"""Rewards and policies that often go together, under one name each, for ``--judge NAME``."""

import jax.numpy as jnp
from jax import Array

from collapse.judges.policies import TopFraction
from collapse.judges.probabilistic import Tilt
from collapse.part import register
from collapse.rewards.base import Likelihood, Noise, Ratio, is_text
from collapse.rewards.bias import Format, Verbosity
from collapse.rewards.external import ExternalReward
from collapse.rewards.llm.endpoint import Endpoint
from collapse.rewards.panel import Panel


@register("typicality", "likelihood; the best fifth")
def typicality() -> TopFraction:
    """The fifth with the highest log-probability per token: "ask any model for a joke"."""
    return TopFraction(Likelihood())


@register("noisy-typicality", "noise; the best fifth")
def noisy_typicality() -> TopFraction:
    """The same with noise of one nat."""
    return TopFraction(Noise(Likelihood(), sd=1.0))


@register("length-biased", "verbosity; the best fifth")
def length_biased() -> TopFraction:
    """The best fifth by log-probability per token and a fifth of a nat for each token."""
    return TopFraction(Verbosity(Likelihood(), strength=0.2))


@register("exploit-prone", "format, stutter; the best fifth")
def exploit_prone() -> TopFraction:
    """The best fifth by log-probability per token, fooled by stutter: ten nats for it."""
    return TopFraction(Format(Likelihood(), function=stutters, bonus=10.0))


@register("panel", "panel of three; the best fifth")
def panel() -> TopFraction:
    """The best fifth by the mean of three such judges, whose noise is half in common."""
    return TopFraction(Panel((Likelihood(),) * 3, sd=1.0, correlation=0.5))


@register("llm", "an LLM over HTTP; the best fifth")
def llm() -> TopFraction:
    """The best fifth by the scores of an LLM, all of whose settings come from the environment."""
    return TopFraction(ExternalReward(Endpoint()))


@register("importance", "ratio; back to the reference")
def importance(strength=1.0) -> Tilt:
    """Importance weights: p becomes proportional to p (reference / p)^strength. With strength 1 it
    is the reference again after one round; the arm needs ``keep_reference``."""
    return Tilt(Ratio(), strength=strength)


def stutters(items: Array) -> Array:
    """(m,) whether a token row says a token twice in a row; nothing else can stutter."""
    if not is_text(items):
        return jnp.zeros(len(items), bool)
    return ((items[:, 1:] == items[:, :-1]) & (items[:, 1:] != 0)).any(-1)

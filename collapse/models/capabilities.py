"""What some models offer beside ``fit``, ``sample`` and ``log_prob``. A class has a capability by
defining its attribute or method; nothing need be declared."""

from typing import Any, Protocol, runtime_checkable

from jax import Array


@runtime_checkable
class HasMean(Protocol):
    @property
    def mean(self) -> Array: ...  # (d,) of an item


@runtime_checkable
class HasCovariance(Protocol):
    @property
    def covariance(self) -> Array: ...  # (d, d) of an item


@runtime_checkable
class HasProbabilities(Protocol):
    @property
    def p(self) -> Array: ...  # (K,) of the outcomes


@runtime_checkable
class HasEncoder(Protocol):
    def encode(self, rows: Any) -> tuple[Array, Array]: ...  # (n, latents) means and log-variances


@runtime_checkable
class HasNet(Protocol):
    net: Any  # the parameters that gradients are taken in: ``with_params``, ``log_prob_at``


@runtime_checkable
class HasTokenGradients(HasNet, Protocol):
    def log_probs_at(self, net: Any, rows: Array) -> Array: ...  # (n, L), token by token

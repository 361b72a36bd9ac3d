"""Floating-point operations (FLOPs) of training networks, estimated before a run.

Only matrix products and convolutions count, a multiplication and an addition as two operations.
"""

import math
from collections.abc import Callable

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr

from collapse.loop.arm import Arm
from collapse.models.networks.network import Network
from collapse.types import State


def training_flops(arm: Arm, states: State) -> float:
    """FLOPs of all fits of one seed in a prepared arm; 0 without networks. Gradient steps of
    learners are not counted. ``states`` are the shapes for a block of seeds."""
    model = arm.model
    if not isinstance(model, Network):
        return 0.0
    each = gradient_flops(model, states.pool.rows)
    fits_real = arm.learner.fits_first or arm.keep_reference
    first = steps(model, arm.n) * each if fits_real else 0.0
    if arm.learner.needs_net:
        return first
    slots = states.pool.mass.shape[1]
    chosen = jax.eval_shape(
        lambda pool: arm.regime.select(jax.random.key(0), pool, 1).mass,
        jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape[1:], x.dtype), states.pool),
    )
    most = min(slots, len(chosen))  # rows available to a fit, n more in each generation up to this
    growing = min(arm.generations, most // arm.n)
    counts = [arm.n * t for t in range(1, growing + 1)]
    full = (arm.generations - growing) * steps(model, most)
    return first + (sum(steps(model, count) for count in counts) + full) * each


def steps(model: Network, count: float) -> float:
    """Training steps of a fit to ``count`` items."""
    training = model.training
    epochs = training.epochs
    return training.steps if epochs is None else float(epochs) * count / training.batch


def gradient_flops(model: Network, rows) -> float:
    """FLOPs of the gradient for one batch; ``rows`` as in ``batch_of``."""
    gradient = jax.grad(mean_loss_of(model))
    batch = batch_of(rows, model.training.batch)
    return program_flops(jax.make_jaxpr(gradient)(model.net, batch).jaxpr)


def mean_loss_of(model: Network) -> Callable:
    """The mean loss of a network as a function of its parameters and rows."""
    return lambda net, rows: model.losses(net, rows, jax.random.key(0)).mean()


def batch_of(rows, size: int):
    """Shapes of a batch, given those of the rows in the pools of a block."""
    return jax.tree.map(lambda x: jax.ShapeDtypeStruct((size, *x.shape[2:]), x.dtype), rows)


def program_flops(program: Jaxpr) -> float:
    """FLOPs in the products and convolutions of a jaxpr, including loops of known length."""
    total = 0.0
    for eqn in program.eqns:
        if eqn.primitive.name == "dot_general":
            (contracted, _), _ = eqn.params["dimension_numbers"]
            total += 2 * _size(eqn) * math.prod(eqn.invars[0].aval.shape[i] for i in contracted)
        elif eqn.primitive.name == "conv_general_dilated":
            kernel = eqn.invars[1].aval.shape
            outputs = eqn.params["dimension_numbers"].rhs_spec[0]
            total += 2 * _size(eqn) * math.prod(kernel) / kernel[outputs]
        times = eqn.params.get("length", 1) if eqn.primitive.name == "scan" else 1
        for inner in jax.tree.leaves(eqn.params, is_leaf=_is_program):
            if _is_program(inner):
                inside = inner.jaxpr if isinstance(inner, ClosedJaxpr) else inner
                total += times * program_flops(inside)
    return total


def _size(eqn) -> int:
    """Numbers in the output of an equation."""
    return math.prod(eqn.outvars[0].aval.shape)


def _is_program(value) -> bool:
    return isinstance(value, (Jaxpr, ClosedJaxpr))

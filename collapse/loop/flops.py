"""Work of training networks, estimated before a run: operations in matrix products."""

import math
from collections.abc import Callable

import jax
from jax.extend.core import ClosedJaxpr, Jaxpr

from collapse.loop.arm import Arm
from collapse.models.networks.network import Network
from collapse.types import State


def of_training(arm: Arm, states: State) -> float:
    """Operations of all fits of one seed, two per multiplication; 0 without networks. Gradient
    steps of learners are not counted. ``states`` are the shapes for a block of seeds."""
    model = arm.model
    if not isinstance(model, Network):
        return 0.0
    each = of_a_step(model, states.pool.rows)
    before = arm.learner.fits_first or arm.keep_reference
    first = steps(model, arm.n) * each if before else 0.0
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


def of_a_step(model: Network, rows) -> float:
    """Operations of the gradient for one batch."""
    slope = jax.grad(mean_loss_of(model))
    return of_program(jax.make_jaxpr(slope)(model.net, batch_of(rows, model.training.batch)).jaxpr)


def mean_loss_of(model: Network) -> Callable:
    """The mean loss of a network as a function of its parameters and rows."""
    return lambda net, rows: model.losses(net, rows, jax.random.key(0)).mean()


def batch_of(rows, size: int):
    """Shapes of a batch, given those of the rows in the pools of a block."""
    return jax.tree.map(lambda x: jax.ShapeDtypeStruct((size, *x.shape[2:]), x.dtype), rows)


def of_program(program: Jaxpr) -> float:
    """Operations in the products and convolutions of a program, including loops of known length."""
    total = 0.0
    for line in program.eqns:
        if line.primitive.name == "dot_general":
            (summed, _), _ = line.params["dimension_numbers"]
            total += 2 * _size(line) * math.prod(line.invars[0].aval.shape[i] for i in summed)
        elif line.primitive.name == "conv_general_dilated":
            kernel = line.invars[1].aval.shape
            outputs = line.params["dimension_numbers"].rhs_spec[0]
            total += 2 * _size(line) * math.prod(kernel) / kernel[outputs]
        times = line.params.get("length", 1) if line.primitive.name == "scan" else 1
        for inner in jax.tree.leaves(line.params, is_leaf=_is_program):
            if _is_program(inner):
                inside = inner.jaxpr if isinstance(inner, ClosedJaxpr) else inner
                total += times * of_program(inside)
    return total


def _size(line) -> int:
    return math.prod(line.outvars[0].aval.shape)


def _is_program(value) -> bool:
    return isinstance(value, (Jaxpr, ClosedJaxpr))

"""Parser of Boolean expressions in tokens, for many rows at once.

Syntax and values are those of Python: ``not`` binds closest, then ``and``, then ``or``; any number
of brackets. No interpreter is called.
"""

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

SYMBOLS = ("", "False", "True", "not", "and", "or", "(", ")", "=")
END, FALSE, TRUE, NOT, AND, OR, OPEN, CLOSE, EQUALS = range(len(SYMBOLS))
EXPRESSION, ANSWER, ENDED = range(3)  # phases of a row


def correct(rows: Array) -> Array:
    """(n,) bool: whether each row is a well-formed expression, "=" and its value. Usable as an
    exact verifier: ``FunctionReward(correct)``."""
    read = parse(rows)
    return read["well"] & (read["claim"] == read["value"])


def is_true(rows: Array) -> Array:
    """(n,) bool: whether each row is a well-formed expression without answer, of value True."""
    read = parse(rows)
    return read["well"] & (read["claim"] < 0) & (read["value"] == 1)


@partial(jax.jit, static_argnames="depth", inline=True)
def parse(rows: Array, kinds: Array = None, constants: Array = None, depth: int = 0) -> dict:
    """Parse token rows (n, L) into a dict of arrays (n,):

    well      whether the row is an expression, optionally "=" and an answer, then only ends
    value     of the expression, 0 or 1
    claim     the answer, 0 or 1; -1 if there is none
    own       whether the grammar of ``Expressions`` of that ``depth`` generates the expression
    log_prob  log-probability of the expression in that grammar, in nats, given the logarithms of
              the probabilities of its ``kinds`` (4,): constant, not, and, or; and of its
              ``constants`` (2,): False, True

    The last two are undefined if a row is not well-formed. Each open bracket is a frame on a stack:
    the disjunction and the conjunction read so far (``any``, ``all``), whether an odd number of
    ``nots`` precedes the next operand, the number of operators, and the tree depth of the frame's
    operands.
    """
    n, width = rows.shape
    room = width // 2 + 1  # more brackets than that cannot be closed within the row
    state = {
        "well": jnp.ones(n, bool),
        "own": jnp.ones(n, bool),
        "wants": jnp.ones(n, bool),  # an operand must follow
        "open": jnp.zeros(n, jnp.int32),  # number of open brackets
        "value": jnp.zeros(n, jnp.int32),
        "claim": jnp.full(n, -1, jnp.int32),
        "phase": jnp.full(n, EXPRESSION, jnp.int32),
        "log_prob": jnp.zeros(n),
    }
    frame = new_frame(jnp.zeros(n, jnp.int32))
    stack = {name: jnp.zeros((n, room), x.dtype) for name, x in frame.items()}
    kinds = jnp.zeros(4) if kinds is None else kinds
    constants = jnp.zeros(2) if constants is None else constants

    def step(carry, token):
        state, frame, stack = carry
        chance, inside = likelihood(token, state, frame, kinds, constants, depth)
        state = state | {"own": state["own"] & inside, "log_prob": state["log_prob"] + chance}
        return moved(state, frame, stack, token), None

    # One more end symbol, as a truncated row may still be complete.
    tokens = jnp.pad(rows, ((0, 0), (0, 1))).T
    return jax.lax.scan(step, (state, frame, stack), tokens)[0][0]


def new_frame(deep: Array) -> dict:
    """Empty frames (n,) for brackets whose operands are at depth ``deep`` (n,)."""
    no, zero = jnp.zeros(deep.shape, bool), jnp.zeros(deep.shape, jnp.int32)
    return {"any": no, "all": ~no, "nots": zero, "operators": zero, "deep": deep}


def likelihood(token, state, frame, kinds, constants, depth) -> tuple[Array, Array]:
    """(n,) log-probability of the choices made by this token, and whether the grammar allows it.

    A bracket contains an ``and`` or an ``or``, which is known once its operator is read.
    """
    reads = state["phase"] == EXPRESSION
    level = frame["deep"] + frame["nots"]
    constant = reads & ((token == FALSE) | (token == TRUE))
    operator = reads & ((token == AND) | (token == OR))
    chance = jnp.where(constant, constants[(token == TRUE).astype(int)], 0)
    chance += jnp.where(constant & (level < depth), kinds[0], 0)
    chance += jnp.where(reads & (token == NOT), kinds[1], 0)
    chance += jnp.where(operator, jnp.where(token == AND, kinds[2], kinds[3]), 0)
    inside = ~constant | (level <= depth)
    inside &= ~(reads & ((token == NOT) | (token == OPEN))) | (level < depth)
    inside &= ~operator | ((state["open"] > 0) & (frame["operators"] == 0))
    inside &= ~(reads & (token == CLOSE)) | (frame["operators"] == 1)
    return chance, inside


def moved(state: dict, frame: dict, stack: dict, token: Array) -> tuple[dict, dict, dict]:
    """State, frame and stack after one token (n,)."""
    reads, answers = state["phase"] == EXPRESSION, state["phase"] == ANSWER
    constant = (token == FALSE) | (token == TRUE)
    operator = reads & ((token == AND) | (token == OR))
    opens, closes = reads & (token == OPEN), reads & (token == CLOSE)
    equals, ends = reads & (token == EQUALS), token == END
    operand = reads & (constant | (token == NOT)) | opens
    whole = ~state["wants"] & (state["open"] == 0)
    fits = operand & state["wants"] | operator & ~state["wants"]
    fits |= closes & ~state["wants"] & (state["open"] > 0) | (equals | reads & ends) & whole
    fits |= answers & jnp.where(state["claim"] < 0, constant, ends)
    fits |= (state["phase"] == ENDED) & ends

    # A closed bracket is an operand of the enclosing frame.
    inner_value = frame["any"] | frame["all"]
    outer = jnp.maximum(state["open"] - 1, 0)[:, None]
    around = {name: jnp.take_along_axis(x, outer, 1)[:, 0] for name, x in stack.items()}
    top = (jnp.arange(stack["deep"].shape[1]) == state["open"][:, None]) & opens[:, None]
    stack = {name: jnp.where(top, frame[name][:, None], x) for name, x in stack.items()}
    inner = new_frame(frame["deep"] + frame["nots"] + 1)
    frame = {name: jnp.where(closes, around[name], x) for name, x in frame.items()}
    complete = reads & constant | closes
    value = jnp.where(closes, inner_value, token == TRUE) ^ (frame["nots"] % 2 == 1)
    disjoins = operator & (token == OR)
    after = {
        "any": jnp.where(disjoins, frame["any"] | frame["all"], frame["any"]),
        "all": jnp.where(complete, frame["all"] & value, frame["all"] | disjoins),
        "nots": jnp.where(complete, 0, frame["nots"] + (reads & (token == NOT))),
        "operators": frame["operators"] + operator,
        "deep": frame["deep"],
    }
    frame = {name: jnp.where(opens, inner[name], x) for name, x in after.items()}
    claims = answers & constant & (state["claim"] < 0)
    state = state | {
        "well": state["well"] & fits,
        "wants": jnp.where(complete, False, state["wants"] | operator),
        "open": state["open"] + opens - closes,
        "value": jnp.where(reads, inner_value, state["value"]).astype(jnp.int32),
        "claim": jnp.where(claims, token == TRUE, state["claim"]).astype(jnp.int32),
        "phase": jnp.where(equals, ANSWER, jnp.where(ends, ENDED, state["phase"])),
    }
    return state, frame, stack

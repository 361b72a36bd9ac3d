"""Validate a user judge's methods and signatures before tracing."""

import dataclasses
import inspect

from collapse.judges.base import Judge
from collapse.numerics.pytree import parts_of
from collapse.rewards.base import Reward
from collapse.suggest import nearest

CALLS = {
    "score": ("key", "view"),
    "weigh": ("key", "view", "reward"),
    "expect": ("view", "reward"),
    "judge": ("key", "view"),
}


def signature_errors(judge) -> list[str]:
    """Error sentences for the classes of a judge and of the judges and rewards inside it."""
    kinds = dict.fromkeys(type(p) for _, p in parts_of(judge) if isinstance(p, (Judge, Reward)))
    errors = []
    for kind in kinds:
        errors += _no_method(kind) if issubclass(kind, Judge) else []
        errors += _other_arguments(kind)
    return errors


def _no_method(kind: type) -> list[str]:
    """An error for a judge without any judging method, which would keep arbitrary items."""
    fields = {field.name for field in dataclasses.fields(kind)}
    if any(name in fields or getattr(kind, name) is not getattr(Judge, name) for name in CALLS):
        return []
    own = [name for each in kind.__mro__ for name in vars(each) if _is_users(each, name)]
    meant = next(filter(None, (nearest(name, ("score", "weigh")) for name in own)), "")
    return [
        f"The judge {kind.__name__} defines neither score nor weigh{meant}: write score(self, key, "
        "view), which returns one number for each candidate."
    ]


def _is_users(kind: type, name: str) -> bool:
    """Whether a name is a public method of a user's class, perhaps a misspelt one of ours."""
    written = not kind.__module__.startswith(("collapse.", "equinox.", "builtins"))
    return written and not name.startswith("_") and callable(getattr(kind, name, None))


def _other_arguments(kind: type) -> list[str]:
    errors = []
    for name, arguments in CALLS.items():
        static = inspect.getattr_static(kind, name, None)
        method = getattr(kind, name, None)
        if not inspect.isroutine(method) or isinstance(static, (staticmethod, property)):
            continue
        signature = inspect.signature(method)
        try:
            signature.bind(None, *arguments)
        except TypeError:
            code = inspect.unwrap(method).__code__
            errors.append(
                f"{name} of {kind.__name__} takes {signature} ({code.co_filename}, line "
                f"{code.co_firstlineno}). It is called with {', '.join(arguments)}: write "
                f"{name}({', '.join(('self', *arguments))})."
            )
    return errors

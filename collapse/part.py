"""How a part is built: one argument without a name, the one its class is named after; the others
by name. ``KW_ONLY`` says so in each class; here a call that does not fit becomes a sentence."""

import dataclasses
import inspect
import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, dataclass_transform, get_args, get_origin

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from collapse.errors import UserError

if TYPE_CHECKING:
    from typing import Self

    from collapse.items import Items

P = TypeVar("P")
# What a field of numbers takes: it is made an array before anything runs.
Numbers = Array | np.ndarray | float | Sequence[Any]


def offers(part: Any, *names: str) -> bool:
    """Whether a part has all these attributes or methods. Properties are not evaluated: a model
    that is not fitted yet cannot give its mean."""
    return all(hasattr(type(part), name) or name in vars(part) for name in names)


def register(name: str, about: str) -> Callable[[P], P]:
    """Decorator that gives a part the name under which users find it, and says what it is in a few
    words. ``collapse.scenario.registry`` reads it from the source: write both as plain strings."""

    def named(part):
        part.registered = name
        return part

    return named


if TYPE_CHECKING:

    @dataclass_transform(field_specifiers=(dataclasses.field, eqx.field))
    class Checked(type):
        """To an editor a part is a dataclass, whose arguments it checks itself."""

else:

    class Checked(type(eqx.Module)):
        """The metaclass of parts: raises ``UserError`` where the arguments of a part do not fit
        it."""

        def placed(cls, given: tuple, named: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
            """The arguments as the constructor takes them; a class may put them otherwise."""
            return given, named

        def __call__(cls, *given: Any, **named: Any):
            given, named = cls.placed(given, named)
            several = [field for field, (_, many) in _part_fields(cls).items() if many]
            named = {x: _tupled(value) if x in several else value for x, value in named.items()}
            places = zip(given, (*unnamed(cls), *[""] * len(given)), strict=False)
            given = tuple(_tupled(value) if x in several else value for value, x in places)
            try:
                made = super().__call__(*given, **named)
            except TypeError:
                if errors := argument_errors(cls, given, named):
                    raise UserError(*errors) from None
                raise  # it comes from inside the part
            if errors := kind_errors(made):
                raise UserError(*errors)
            return made


class Part(eqx.Module, metaclass=Checked):
    """Base of everything that an arm is made of."""

    def takes(self) -> "Items | None":
        """The items it can read; None for any, or if not declared."""
        return None

    def bind(self, arm) -> "Self":
        """The part with what it takes from its arm, for models, judges, regimes and measures; by
        default the parts inside it are bound."""
        inside = lambda x: x is not self and isinstance(x, Part)  # noqa: E731
        return jax.tree.map(lambda x: x.bind(arm) if inside(x) else x, self, is_leaf=inside)

    def check_compatible(self, arm) -> list[str]:
        """Error sentences if this part does not fit the arm; empty if it does."""
        return []

    def validate(self) -> list[str]:
        """Error sentences for invalid fields; empty if all are valid. Here those for values outside
        the range that their fields declare (``positive``, ``at_least``, ``within``, ``one_of``)."""
        return range_errors(self)


def unnamed(cls: type) -> list[str]:
    """The arguments that a part takes without their names, in order."""
    parameters = inspect.signature(cls).parameters.values()
    return [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]


def argument_errors(cls: type, given: tuple, named: dict[str, Any]) -> list[str]:
    """Why a part cannot be built of these arguments, in sentences; nothing, if it can."""
    parameters, name, first = inspect.signature(cls).parameters, cls.__name__, unnamed(cls)
    if any(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters.values()):
        return []  # a constructor of the author's own
    errors = []
    if len(given) > len(first):
        errors.append(too_many(cls, len(given), " and ".join(first) or "nothing"))
    if strange := [x for x in named if x not in parameters]:
        has = f"it has {', '.join(parameters)}" if parameters else "it has none"
        errors.append(f"{name} has no setting named {', '.join(strange)}: {has}.")
    if twice := [x for x in first[: len(given)] if x in named]:
        errors.append(f"{name} was given {', '.join(twice)} twice, once without its name.")
    there = {*first[: len(given)], *named}
    missing = [x for x, p in parameters.items() if p.default is p.empty and x not in there]
    if missing:
        errors.append(f"{name} needs a value for {', '.join(missing)}.")
    return errors


def too_many(cls: type, count: int, taken: str) -> str:
    """The sentence for ``count`` arguments without a name, where only ``taken`` can be."""
    rest = [x for x in inspect.signature(cls).parameters if x not in unnamed(cls)]
    other = f"; write the others by name: {', '.join(f'{x}=...' for x in rest)}" if rest else ""
    return f"{cls.__name__} takes {taken} without a name, and was given {count} arguments{other}."


@cache
def _part_fields(cls: type) -> dict[str, tuple[type, bool]]:
    """The fields of a part that hold parts: of which kind, and whether a tuple of them."""
    found = {}
    for field in dataclasses.fields(cls):
        several = get_origin(field.type) is tuple
        kind = get_args(field.type)[0] if several else field.type
        if inspect.isclass(kind) and issubclass(kind, Part):
            found[field.name] = kind, several
    return found


def kind_errors(part: Part) -> list[str]:
    """A sentence for each field that should hold a part of some kind and holds something else."""
    errors, name = [], type(part).__name__
    for field, (kind, several) in _part_fields(type(part)).items():
        value, what = getattr(part, field), re.sub(r"(?!^)([A-Z])", r" \1", kind.__name__).lower()
        if several and not isinstance(value, tuple):
            errors.append(f"{name} needs a tuple of {what}s as {field}, not {value!r}.")
            continue
        for one in value if several else [value]:
            if not isinstance(one, kind):
                errors.append(f"{name} needs a {what} as {field}, not {_shown(one)}.")
    return errors


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    """A value in place of a part, in words, and what to write instead."""
    if inspect.isclass(value) and issubclass(value, Part):
        return f"the class {value.__name__}: write {value.__name__}()"
    if inspect.isroutine(value):
        return "a function: wrap it in FunctionReward"
    if isinstance(value, (int, float)):
        return f"{value}: write numbers by name"
    return type(value).__name__


def array(least: int | None = None, **settings) -> Any:
    """A field of an array, of at least so many axes; None: lists are made arrays, and all else,
    such as one number, stays what it is."""

    def converted(value):
        if value is None or (least is None and not isinstance(value, (list, tuple))):
            return value
        made = as_array(value)
        return made if not least else jnp.atleast_1d(made) if least == 1 else jnp.atleast_2d(made)

    return eqx.field(converter=converted, **settings)


def positive(**settings) -> Any:
    """A field of a number above 0."""
    return _ranged("be above 0", lambda x: x > 0, settings)


def at_least(least: int, **settings) -> Any:
    """A field of a number of at least ``least``."""
    return _ranged(f"be at least {least}", lambda x: x >= least, settings)


def within(interval: str, **settings) -> Any:
    """A field of a number in an interval, such as "(0, 1]": above 0 and at most 1."""
    low, high = map(float, interval[1:-1].split(","))
    ends = ([low] if interval[0] == "[" else []) + ([high] if interval[-1] == "]" else [])
    return _ranged(f"lie in {interval}", lambda x: low < x < high or x in ends, settings)


def one_of(*options: Any, **settings) -> Any:
    """A static field of one of the ``options``, by default the first."""
    text = " or ".join([", ".join(map(str, options[:-1])), str(options[-1])])
    given = {"static": True, "default": options[0]} | settings
    return _ranged(f"be {text}", lambda x: x in options, given)


def _ranged(must: str, holds: Callable[[Any], bool], settings: dict[str, Any]) -> Any:
    return eqx.field(metadata={"range": (must, holds)}, **settings)


def range_errors(part: eqx.Module) -> list[str]:
    """A sentence for each value outside the range that its field declares."""
    errors = []
    for field in dataclasses.fields(part):
        value, about = getattr(part, field.name), f"{type(part).__name__} {field.name}"
        if "range" not in field.metadata or (value is None and field.default is None):
            continue
        must, holds = field.metadata["range"]
        scheduled = isinstance(value, eqx.Module)  # a Schedule
        given = value.values if scheduled else value
        values = [given] if isinstance(given, str) else np.ravel(given).tolist()
        if len(values) != 1 and not scheduled:
            errors.append(f"{about} must be one number, not {len(values)}.")
        for bad in (x for x in values if not holds(x)):
            shown = repr(bad) if isinstance(bad, str) else f"{bad:g}"
            errors.append(f"{about} must {must}, not {shown}.")
    return errors


def as_array(value: Any) -> Any:
    """The value as an array of numbers. Raises ``UserError``."""
    try:
        if isinstance(value, (str, bytes)):  # which jax would look up as a type
            raise TypeError
        return jnp.asarray(value)
    except (TypeError, ValueError):
        shown = repr(value)
        shown = shown if len(shown) < 60 else f"{shown[:56]} ..."
        raise UserError(
            f"{shown} is no array: give numbers, or lists of numbers that are all of one length."
        ) from None


def is_whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def whole(what: str, value: Any, least: int) -> int:
    """The value, a whole number of at least so much. Raises ``UserError``."""
    if is_whole(value) and value >= least:
        return int(value)
    raise UserError(f"{what} must be a whole number of at least {least}, not {value!r}.")

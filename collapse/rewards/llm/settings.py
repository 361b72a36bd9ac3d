"""Validation of the settings of an ``Endpoint``, with error sentences."""

import ipaddress
import os
import re
from numbers import Integral, Real
from pathlib import Path
from urllib.parse import urlsplit

from collapse.rewards.llm import prompts

MODES = tuple(prompts.KEYS)
DAY = 86_400
_URL = re.compile(r"https?://[\w.:\[\]-]+(/[\w.~%/-]*)?", re.A)
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")

TEXTS = {"url": "", "model": "", "rubric": ", which says what makes a text good"}
FLAGS = ("swap", "answer_format", "system_role", "offline")
# Smallest and largest allowed values.
WHOLE = {
    "seed": (-(2**63), 2**63 - 1),
    "max_tokens": (1, 2**31 - 1),
    "budget": (0, 2**63 - 1),
    "concurrency": (1, 1000),
    "retries": (0, 1000),
}
REAL = {"temperature": (0, 1000), "backoff": (0, DAY)}
ABOVE = {"timeout": DAY, "patience": DAY}
OPTIONAL = ("temperature", "seed", "max_tokens", "budget")
FLAG_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
LOCAL_NAMES = (".local", ".lan", ".internal", ".localdomain", ".localhost")


def from_environment(name: str, default):
    """The value of ``COLLAPSE_LLM_NAME``, or the default if it is not set. Words such as "none" and
    "false" are read where the setting is no text; what cannot be read is left for the check."""
    given = os.environ.get(f"COLLAPSE_LLM_{name.upper()}")
    if given is None:
        return default
    word = given.strip().lower()
    if word == "none" and name in (*OPTIONAL, "key_variable"):
        return None
    if name in FLAGS:
        return FLAG_WORDS.get(word, given)
    if name in WHOLE or name in REAL or name in ABOVE:
        try:
            return int(given) if name in WHOLE else float(given)
        except ValueError:
            return given
    return given


def is_local(url: str) -> bool:
    """Whether an address is on this machine or in a local network: such servers need no key."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return False
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return bool(host) and ("." not in host or host.endswith(LOCAL_NAMES))


def secret_errors(url, variable) -> list[str]:
    """Error sentences for fields that may hold a secret by mistake; the values are not shown."""
    errors = []
    if variable is not None and not _VARIABLE.fullmatch(str(variable)):
        errors.append(
            "Endpoint key_variable must be the name of an environment variable, in capital "
            "letters; if what was given is a key, put it into OPENAI_API_KEY instead."
        )
    if url and not _is_address(str(url)):
        errors.append(
            "Endpoint url must be of the form http(s)://host[:port]/path, without user, password, "
            "query or spaces; put a key into the environment variable key_variable."
        )
    return errors


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(_URL.fullmatch(url) and parts.hostname and (parts.port is None or parts.port))
    except ValueError:
        return False


def settings_errors(endpoint) -> list[str]:
    """A sentence for each setting of the wrong type or size."""
    errors = []
    for name, what in TEXTS.items():
        value = getattr(endpoint, name)
        if not isinstance(value, str):
            errors.append(f"Endpoint {name} must be text, not {_shown(value)}.")
        elif not value.strip():
            variable = f"COLLAPSE_LLM_{name.upper()}"
            errors.append(f"Endpoint needs a {name}{what}: give one, or set {variable}.")
    if endpoint.mode not in MODES:
        errors.append(
            f"Endpoint mode must be one of {', '.join(MODES)}, not {_shown(endpoint.mode)}."
        )
    if not isinstance(endpoint.cache, str | Path) or not str(endpoint.cache):
        errors.append(f"Endpoint cache must be a directory, not {_shown(endpoint.cache)}.")
    for name in FLAGS:
        if not isinstance(getattr(endpoint, name), bool):
            value = _shown(getattr(endpoint, name))
            errors.append(f"Endpoint {name} must be True or False, not {value}.")
    for names, kind, a in ((WHOLE, Integral, "a whole number"), (REAL, Real, "a number")):
        for name, (least, most) in names.items():
            value = getattr(endpoint, name)
            if value is None and name in OPTIONAL:
                continue
            if not _is(value, kind) or not least <= value <= most:
                bounds = f"{a} of at least {least}" if _is(value, Real) and value < least else a
                errors.append(
                    f"Endpoint {name} must be {bounds}, at most {most}, not {_shown(value)}."
                )
    for name, most in ABOVE.items():
        value = getattr(endpoint, name)
        if not _is(value, Real) or not 0 < value <= most:
            limits = f"seconds, above 0 and at most {most}"
            errors.append(f"Endpoint {name} must be {limits}, not {_shown(value)}.")
    return errors


def _is(value, kind: type) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _shown(value) -> str:
    try:
        text = repr(value)
    except ValueError:  # an integer with thousands of digits
        return "a number with thousands of digits"
    return text if len(text) <= 60 else f"{text[:57]}..."

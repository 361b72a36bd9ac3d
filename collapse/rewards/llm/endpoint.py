"""LLM judges over an OpenAI-compatible HTTP endpoint (extra ``collapse[llm]``)."""

import importlib.util
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collapse.errors import UserError
from collapse.rewards.llm import prompts
from collapse.rewards.llm.cache import Ledger, Question, Responses
from collapse.rewards.llm.settings import secret_errors, settings_errors


def _from_environment(variable: str):
    return field(default_factory=lambda: os.environ.get(variable, ""))


def _manner(default):
    """A setting of how requests are sent; it changes no answer and is not part of a run's
    identity."""
    return field(default=default, compare=False)


@dataclass(frozen=True, eq=False)  # no equality, since each has a budget of its own
class Endpoint:
    """An LLM judge as a function: ``endpoint(texts, group)`` asks the ``model`` at ``url`` to judge
    each text by the ``rubric`` and returns one float per text, NaN for an abstention.

    ``mode`` "rubric" gives scores from 1 to 10. "pairwise" compares the two texts of each group of
    two: +1 for the better, -1 for the other, 0 for a tie. With ``swap`` both orders are asked; if
    the two verdicts differ, the result is a tie (Zheng et al. 2023, section 3.4), and if one is an
    abstention, so is the result. Two equal texts are then a tie without a request.

    Whole replies are cached in ``cache`` under the digest of the request, unusable ones too, as
    they are paid for: no request is sent twice, and ``offline`` uses the cache alone. At most
    ``concurrency`` requests are pending. One that fails (429, 5xx, ``timeout`` seconds, a broken
    connection or reply) is retried up to ``retries`` times, after the pause that the server
    demands, or else after ``backoff`` seconds, doubled each time, with up to half of it random; no
    pause is longer than ``patience`` seconds. This object sends at most ``budget`` requests,
    retries included.

    The key is read from the environment variable named ``key_variable`` (None: no key), and stored
    nowhere else.
    """

    url: str = _from_environment("COLLAPSE_LLM_URL")
    model: str = _from_environment("COLLAPSE_LLM_MODEL")
    rubric: str = _from_environment("COLLAPSE_LLM_RUBRIC")
    mode: str = "rubric"
    swap: bool = True
    temperature: float = 0.0
    seed: int | None = 0
    max_tokens: int | None = 256
    cache: str | Path = _manner(".collapse-llm")
    offline: bool = _manner(False)
    budget: int | None = _manner(None)
    concurrency: int = _manner(4)
    timeout: float = _manner(60.0)
    retries: int = _manner(6)
    backoff: float = _manner(1.0)
    patience: float = _manner(120.0)
    key_variable: str | None = _manner("OPENAI_API_KEY")
    ledger: Ledger = field(default_factory=Ledger, init=False, repr=False, compare=False)

    def __post_init__(self):
        # Values that may hold a secret are refused here and not repeated, as every repr shows them.
        if errors := secret_errors(self.url, self.key_variable):
            raise UserError(*errors)

    @property
    def address(self) -> str:
        """The base URL as it enters every request digest."""
        return str(self.url).rstrip("/")

    @property
    def key(self) -> str | None:
        """The key, read from the environment each time and never stored."""
        return os.environ.get(self.key_variable) if self.key_variable else None

    @property
    def counts(self) -> dict[str, int]:
        """Counts since this object was made: requests ``asked`` (first attempts) and ``retried``
        (their sum is limited by the budget), replies ``paid`` for and kept, answers ``cached``
        already (once per call), and texts on which it ``abstained``."""
        return dict(self.ledger.counts)

    def __call__(self, texts: Sequence[str], group: int = 1) -> list[float]:
        """One number per text; ``group`` consecutive texts are compared with each other."""
        texts = [str(text) for text in texts]
        errors = self.validate() + self._group_errors(texts, group)
        if errors:
            raise UserError(*errors)
        if self.mode == "rubric":
            verdicts = self._verdicts([(text,) for text in texts])
            rewards = [verdicts[text,] for text in texts]
        else:
            rewards = self._compared(list(zip(texts[::2], texts[1::2], strict=True)))
        self.ledger.count("abstained", sum(map(math.isnan, rewards)))
        return rewards

    def validate(self) -> list[str]:
        """Errors in the settings, and in the environment unless ``offline``, as sentences."""
        errors = settings_errors(self)
        if not self.offline:
            if self.key_variable and not self.key:
                errors.append(
                    f"There is no key: set the environment variable {self.key_variable}, or give "
                    "key_variable=None for a server that wants none."
                )
            elif self.key and not re.fullmatch(r"[!#-\[\]-~]+", self.key):
                errors.append(
                    f"The environment variable {self.key_variable} holds no key that can be sent: "
                    "it has a space, a line break, a quote or a letter outside ASCII."
                )
            if importlib.util.find_spec("httpcore") is None:
                errors.append(
                    "Endpoint needs httpcore: pip install -e '.[llm]' in the checkout, or pip "
                    "install httpcore."
                )
        return errors

    def _group_errors(self, texts: list[str], group: int) -> list[str]:
        if self.mode == "pairwise" and (group != 2 or len(texts) % 2):
            return [
                f"Endpoint mode pairwise compares two texts, not {group} ({len(texts)} in all): use"
                " a judge of groups of two, such as BestOf(..., k=2)."
            ]
        return []

    def _compared(self, pairs: list[tuple[str, str]]) -> list[float]:
        """Rewards of the texts of all pairs, in order."""
        to_ask = [pair for pair in pairs if not (self.swap and pair[0] == pair[1])]
        back = [pair[::-1] for pair in to_ask] if self.swap else []
        verdicts = self._verdicts(to_ask + back)
        rewards = []
        for pair in pairs:
            verdict = verdicts.get(pair, 0.0)
            other = 0.0 - verdicts.get(pair[::-1], 0.0) if self.swap else verdict
            if math.isnan(verdict + other):
                verdict = math.nan
            elif verdict != other:
                verdict = 0.0
            rewards += [verdict, 0.0 - verdict]
        return rewards

    def _verdicts(self, shown: list[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
        """The verdict on each text or ordered pair; each distinct one is asked once."""
        questions = {texts: self._question(texts) for texts in shown}
        replies = self._kept(questions)
        missing = {texts: q for texts, q in questions.items() if texts not in replies}
        if missing and self.offline:
            raise UserError(
                f"{len(missing)} of {len(questions)} answers are not in {self.cache}, and "
                "offline=True allows no requests: run once with offline=False."
            )
        if missing:
            from collapse.rewards.llm.ask import ask  # imports httpcore

            replies |= zip(missing, ask(self, list(missing.values())), strict=True)
        return {texts: prompts.read(self.mode, replies[texts], texts) for texts in questions}

    def _question(self, texts: tuple[str, ...]) -> Question:
        messages = prompts.messages(self.mode, self.rubric, texts)
        plain = {"model": self.model, "messages": messages, "temperature": float(self.temperature)}
        optional = {"seed": self.seed, "max_tokens": self.max_tokens}
        plain |= {name: int(value) for name, value in optional.items() if value is not None}
        formal = plain | {"response_format": prompts.answer_format(self.mode)}
        return Question(formal, plain)

    def _kept(self, questions: dict) -> dict[tuple[str, ...], dict]:
        responses, replies = Responses(self.cache), {}
        for texts, bodies in questions.items():
            cached = (responses.find(responses.digest(self.address, body)) for body in bodies)
            reply = next((reply for reply in cached if reply is not None), None)
            if reply is not None:
                replies[texts] = reply
        self.ledger.count("cached", len(replies))
        return replies

"""LLM judges over an OpenAI-compatible HTTP endpoint (extra ``collapse[llm]``)."""

import importlib.util
import math
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from collapse.errors import UserError
from collapse.rewards.llm import parse, prompts
from collapse.rewards.llm.cache import Ledger, Responses
from collapse.rewards.llm.dialect import Dialect
from collapse.rewards.llm.settings import from_environment, is_local, secret_errors, settings_errors

TRIAL = 8  # questions that are asked before the others, unless there is a verdict already


def _setting(name: str, default, manner: bool = False):
    """A setting whose default is that of the environment variable ``COLLAPSE_LLM_NAME``, if there
    is one. ``manner``: it says how requests are sent, changes no answer and is not part of a run's
    identity."""
    return field(default_factory=lambda: from_environment(name, default), compare=not manner)


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

    ``temperature``, ``seed`` and ``max_tokens`` are sent unless they are None; ``answer_format``
    asks for JSON that fits a schema; without ``system_role`` all is said in the role of the user. A
    parameter that the server refuses is renamed or left out, for as long as this object lives. A
    text that it refuses, by a filter of content or for its length, is an abstention.

    The key is read from the environment variable named ``key_variable`` (None: no key), and stored
    nowhere else; a server on this machine or in the local network needs none.

    Every setting can come from the environment: ``COLLAPSE_LLM_MAX_TOKENS=4096``, or ``none``.
    """

    url: str = _setting("url", "")
    model: str = _setting("model", "")
    rubric: str = _setting("rubric", "")
    mode: str = _setting("mode", "rubric")
    swap: bool = _setting("swap", True)
    temperature: float | None = _setting("temperature", 0.0)
    seed: int | None = _setting("seed", 0)
    max_tokens: int | None = _setting("max_tokens", 256)
    answer_format: bool = _setting("answer_format", True)
    system_role: bool = _setting("system_role", True)
    cache: str | Path = _setting("cache", ".collapse-llm", manner=True)
    offline: bool = _setting("offline", False, manner=True)
    budget: int | None = _setting("budget", None, manner=True)
    concurrency: int = _setting("concurrency", 4, manner=True)
    timeout: float = _setting("timeout", 60.0, manner=True)
    retries: int = _setting("retries", 6, manner=True)
    backoff: float = _setting("backoff", 1.0, manner=True)
    patience: float = _setting("patience", 120.0, manner=True)
    key_variable: str | None = _setting("key_variable", "OPENAI_API_KEY", manner=True)
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
    def bearer(self) -> str | None:
        """The name of the variable that holds the key, if it holds one."""
        return self.key_variable if self.key else None

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
            if self.key_variable and not self.key and not is_local(str(self.url)):
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
        """The verdict on each text or ordered pair; each distinct one is asked once. The first few
        are asked before the others, which are not paid for if none of those has a verdict."""
        questions = {texts: self._question(texts) for texts in shown}
        replies = self._kept(questions)
        missing = [texts for texts in questions if texts not in replies]
        wanted = len(missing)
        if missing and self.offline:
            raise UserError(
                f"{wanted} of {len(questions)} answers are not in {self.cache}, and "
                "offline=True allows no requests: run once with offline=False."
            )
        few = 0 if self._any_verdict(replies) else max(TRIAL - len(replies), 0)
        for part in filter(None, (missing[:few], missing[few:])):
            from collapse.rewards.llm.ask import ask  # imports httpcore

            if len(replies) >= TRIAL and not self._any_verdict(replies):
                raise UserError(
                    f"The model {self.model} gave no verdict on any of the first {len(replies)} "
                    f"questions, so that no more are sent: {self._reasons(replies)}."
                )
            replies |= zip(part, ask(self, [questions[x] for x in part], wanted), strict=True)
        verdicts = {texts: parse.read(self.mode, replies[texts], texts) for texts in questions}
        silent = {x: replies[x] for x, verdict in verdicts.items() if math.isnan(verdict)}
        self.ledger.why = self._reasons(silent)
        return verdicts

    def _any_verdict(self, replies: dict) -> bool:
        return any(not math.isnan(parse.read(self.mode, r, x)) for x, r in replies.items())

    def _reasons(self, silent: dict) -> str:
        """Why there is no verdict in these replies, with what helps; empty if there are none."""
        causes = Counter(parse.why_not(self.mode, reply, texts) for texts, reply in silent.items())
        if not causes:
            return ""
        told = "; ".join(f"{why} ({count} times)" for why, count in causes.most_common(3))
        if "max_tokens" in told:
            limit = f"it is {self.max_tokens}; " if self.max_tokens is not None else ""
            told += f" ({limit}set max_tokens, or COLLAPSE_LLM_MAX_TOKENS, higher, such as 4096)"
        return told

    def why_abstained(self) -> str:
        """Why the last call had abstentions, for an error sentence; empty if it had none."""
        return self.ledger.why

    def _question(self, texts: tuple[str, ...]) -> dict:
        """The request, as it is meant; a server may not take all of it."""
        messages = prompts.messages(self.mode, self.rubric, texts)
        body = {"model": self.model, "messages": messages}
        if self.temperature is not None:
            body["temperature"] = float(self.temperature)
        optional = {"seed": self.seed, "max_tokens": self.max_tokens}
        body |= {name: int(value) for name, value in optional.items() if value is not None}
        if self.answer_format:
            body["response_format"] = prompts.answer_format(self.mode)
        return body if self.system_role else Dialect().adapted(body, ("system",))

    def _kept(self, questions: dict) -> dict[tuple[str, ...], dict]:
        responses, replies = Responses(self.cache), {}
        for texts, body in questions.items():
            reply = responses.find(responses.digest(self.address, body))
            if reply is not None:
                replies[texts] = reply
        self.ledger.count("cached", len(replies))
        return replies

"""Requests to an LLM endpoint: sent concurrently, retried, or given up with an error sentence."""

import random
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from threading import Event

from collapse.errors import UserError
from collapse.rewards.llm.cache import Ledger, Responses, Spent, Stopped, blotted
from collapse.rewards.llm.dialect import STATUSES, Refusal, is_of_text
from collapse.rewards.llm.http import Reply, Trouble, open_pool, post

SHOWN = 200  # characters shown of a server's error message


def ask(endpoint, questions: list[dict], wanted: int) -> list[dict]:
    """The replies to questions, which are some of those ``wanted``. If one fails, the pending ones
    are still awaited and kept."""
    stop, ledger = Event(), endpoint.ledger
    before = ledger.counts["paid"]
    client = open_pool(endpoint)
    with client, ThreadPoolExecutor(endpoint.concurrency) as pool:
        futures = [
            pool.submit(answer, endpoint, client, question, ledger, stop) for question in questions
        ]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
    troubles = [_trouble(future) for future in futures]
    errors = [str(trouble) for trouble in troubles if isinstance(trouble, UserError)]
    if any(isinstance(trouble, Spent) for trouble in troubles):
        errors.append(
            f"The budget of {endpoint.budget} requests is spent: give a higher one, or run again."
        )
    if errors:
        paid = ledger.counts["paid"]
        raise UserError(
            *dict.fromkeys(errors),
            f"{paid} answers were paid for and are kept in {endpoint.cache}, {paid - before} of "
            f"them of the {wanted} last wanted; a rerun goes on from there and pays for "
            "none twice.",
        )
    return [future.result() for future in futures]


def _trouble(future: Future) -> BaseException | None:
    """The error of one question, or None. Errors that are not the user's are raised."""
    try:
        future.result()
    except (UserError, Spent, Stopped, CancelledError) as trouble:
        return trouble
    return None


def answer(endpoint, client, question: dict, ledger: Ledger, stop: Event) -> dict:
    """The reply to a question: from the cache, or else a new one, which is then cached."""
    try:
        responses = Responses(endpoint.cache)
        digest = responses.digest(endpoint.address, question)
        with ledger.alone(digest):
            # Another call may have cached it in the meantime.
            if (cached := responses.find(digest)) is not None:
                ledger.count("cached")
                return cached
            _request(endpoint, client, question, ledger, stop)
            return responses.find(digest)
    except BaseException:
        stop.set()  # at once, before this thread takes the next question
        raise


def _request(endpoint, client, question: dict, ledger: Ledger, stop: Event) -> None:
    """Ask until there is a reply, which is then cached; without what the server refuses."""
    tries, first, without = 0, True, ()
    dialect = ledger.dialect
    while True:
        ledger.wait(stop)
        sent = dialect.adapted(question, without)
        outcome = _sent(endpoint, client, question, sent, ledger, stop, first)
        first = False
        if outcome is None:
            dialect.takes_format = dialect.takes_format or "response_format" in sent
            dialect.left_out.update(without)
            return
        refusal = outcome.refusal if isinstance(outcome, Trouble) else outcome
        if refusal is not None and refusal.status in STATUSES and dialect.learn(sent, refusal):
            continue
        tries += isinstance(outcome, Trouble)
        if _blames_format(dialect, sent, refusal, tries):
            without = ("response_format",)
            if isinstance(outcome, Refusal):
                continue
        if isinstance(outcome, Refusal):
            raise UserError(_refused(endpoint, outcome))
        if tries > endpoint.retries or outcome.pause > endpoint.patience:
            raise UserError(_given_up(endpoint, outcome, tries))
        ledger.hold(outcome.pause)
        longest = min(endpoint.patience, endpoint.backoff * 2 ** (tries - 1))
        ledger.wait(stop, outcome.pause + longest * random.uniform(0.5, 1))


def _blames_format(dialect, sent: dict, refusal: Refusal | None, tries: int) -> bool:
    """Whether to try without ``response_format``: the server names no cause, and has never answered
    with it. A status of 500 is blamed on it when it comes twice; 404 not if a model is missing."""
    if refusal is None or "response_format" not in sent or dialect.takes_format:
        return False
    if refusal.status == 404:
        return "model" not in refusal.message.lower()
    return refusal.status in (400, 422, 501) or (refusal.status == 500 and tries > 1)


def _sent(endpoint, client, question: dict, sent: dict, ledger, stop: Event, first: bool):
    """Send one request. Returns None once its reply is cached, or what went wrong. The slot is
    released only once the reply is on disk, so that a killed process loses no more replies than
    there are slots. The refusal of a text is kept as a reply, so that it is not sent again."""
    with ledger.slot(endpoint.concurrency):
        if stop.is_set():
            raise Stopped
        ledger.spend(first, endpoint.budget)
        where = f"{endpoint.address}/chat/completions"
        outcome = post(client, where, sent, endpoint.timeout, endpoint.bearer)
        if isinstance(outcome, Refusal) and is_of_text(outcome):
            said = {"status": outcome.status, "message": _shown(endpoint, outcome.message)}
            reply = {"refused": said}
        elif isinstance(outcome, Reply):
            reply = outcome.envelope
        else:
            return outcome
        digest = Responses.digest(endpoint.address, question)
        # Redacted here: a traceback from inside would show the key among its variables.
        request, reply = (blotted(part, endpoint.key) for part in (sent, reply))
        Responses(endpoint.cache).keep(digest, endpoint.address, request, reply)
        if isinstance(outcome, Reply):
            ledger.count("paid")
        return None


def _shown(endpoint, message: str) -> str:
    """A server's message without the key; shortened after redaction, so that no part of a key
    remains."""
    message = blotted(message, endpoint.key)
    return message if len(message) <= SHOWN else f"{message[:SHOWN]}...)"


def _refused(endpoint, refusal: Refusal) -> str:
    status, url, message = refusal.status, endpoint.address, _shown(endpoint, refusal.message)
    if status in (401, 403) and endpoint.key_variable:
        return (
            f"{url} does not accept the key ({status}): set the environment variable "
            f"{endpoint.key_variable} to one that is valid there."
        )
    if status in (401, 403):
        return (
            f"{url} requires a key ({status}): set key_variable to the name of an environment"
            " variable that holds one."
        )
    if 300 <= status < 400:
        return f"{url} redirects ({status}); redirects are not followed: give the final url."
    if status == 404 and not url.endswith("/v1"):
        message += ", and most servers want a url that ends in /v1"
    return f"{url} refuses the request, status {status}{message}: check url, model and settings."


def _given_up(endpoint, trouble: Trouble, tries: int) -> str:
    why = _shown(endpoint, trouble.why)
    if trouble.pause > endpoint.patience:
        return (
            f"{endpoint.address} accepts no requests for {trouble.pause:.0f} s, {why}: run again "
            f"after that, or set patience above it ({endpoint.patience:g} s)."
        )
    return (
        f"{endpoint.address} did not answer a question in {tries} "
        f"{'try' if tries == 1 else 'tries'}, the last time: {why}. Check that it is up, or set "
        "timeout or retries higher."
    )

"""Requests to an LLM endpoint: sent concurrently, retried, or given up with an error sentence."""

import random
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from threading import Event

from collapse.errors import UserError
from collapse.rewards.llm.cache import Ledger, Question, Responses, Spent, Stopped, blotted
from collapse.rewards.llm.http import Refusal, Reply, Trouble, open_pool, post

SHOWN = 200  # characters shown of a server's error message


def ask(endpoint, questions: list[Question]) -> list[dict]:
    """The replies to all questions. If one fails, the pending ones are still awaited and kept."""
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
            f"them of the {len(questions)} last wanted; a rerun goes on from there and pays for "
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


def answer(endpoint, client, question: Question, ledger: Ledger, stop: Event) -> dict:
    """The reply to a question: from the cache, or else a new one, which is then cached."""
    try:
        responses = Responses(endpoint.cache)
        digests = [responses.digest(endpoint.address, body) for body in question]
        with ledger.alone(digests[0]):
            for digest in digests:  # another call may have cached it in the meantime
                if (cached := responses.find(digest)) is not None:
                    ledger.count("cached")
                    return cached
            return responses.find(_request(endpoint, client, question, ledger, stop))
    except BaseException:
        stop.set()  # at once, before this thread takes the next question
        raise


def _request(endpoint, client, question: Question, ledger: Ledger, stop: Event) -> str:
    """The digest under which the reply is cached, once there is one."""
    tries, first = 0, True
    body = question.plain if ledger.plain else question.formal
    while True:
        ledger.wait(stop)
        outcome = _sent(endpoint, client, body, ledger, stop, first)
        first = False
        if isinstance(outcome, str):
            ledger.plain = ledger.plain or body is question.plain
            return outcome
        if isinstance(outcome, Refusal):
            if outcome.status not in (400, 422) or body is question.plain:
                raise UserError(_refused(endpoint, outcome))
            body = question.plain  # the server may have refused only the answer format
            continue
        tries += 1
        if tries > endpoint.retries or outcome.pause > endpoint.patience:
            raise UserError(_given_up(endpoint, outcome, tries))
        ledger.hold(outcome.pause)
        longest = min(endpoint.patience, endpoint.backoff * 2 ** (tries - 1))
        ledger.wait(stop, outcome.pause + longest * random.uniform(0.5, 1))


def _sent(endpoint, client, body: dict, ledger: Ledger, stop: Event, first: bool):
    """Send one request. Returns the digest under which its reply is cached, or what went wrong. The
    slot is released only once the reply is on disk, so that a killed process loses no more replies
    than there are slots."""
    with ledger.slot(endpoint.concurrency):
        if stop.is_set():
            raise Stopped
        ledger.spend(first, endpoint.budget)
        where = f"{endpoint.address}/chat/completions"
        outcome = post(client, where, body, endpoint.timeout, endpoint.key_variable)
        if not isinstance(outcome, Reply):
            return outcome
        digest = Responses.digest(endpoint.address, body)
        # Redacted here: a traceback from inside would show the key among its variables.
        request, reply = (blotted(part, endpoint.key) for part in (body, outcome.envelope))
        Responses(endpoint.cache).keep(digest, endpoint.address, request, reply)
        ledger.count("paid")
        return digest


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

"""Questions to an endpoint: asked at the same time, asked again, or given up with a sentence."""

import random
from concurrent.futures import FIRST_EXCEPTION, CancelledError, Future, ThreadPoolExecutor, wait
from threading import Event

from collapse.errors import UserError
from collapse.rewards.llm.cache import Ledger, Question, Responses, Spent, Stopped, blotted
from collapse.rewards.llm.http import Refusal, Reply, Trouble, open_pool, post

SHOWN = 200  # characters of what a server says of an error


def ask(endpoint, questions: list[Question]) -> list[dict]:
    """Replies to all; where one cannot be had, those under way are waited for, and kept."""
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
    """What went wrong with one question. What is no mistake of the user's is raised."""
    try:
        future.result()
    except (UserError, Spent, Stopped, CancelledError) as trouble:
        return trouble
    return None


def answer(endpoint, client, question: Question, ledger: Ledger, stop: Event) -> dict:
    """The reply to a question: the one that was kept, or else a new one, which then is kept."""
    try:
        responses = Responses(endpoint.cache)
        digests = [responses.digest(endpoint.address, body) for body in question]
        with ledger.alone(digests[0]):
            for digest in digests:  # another call may have got it in the meantime
                if (found := responses.find(digest)) is not None:
                    ledger.count("cached")
                    return found
            return responses.find(_asked(endpoint, client, question, ledger, stop))
    except BaseException:
        stop.set()  # at once: this thread would begin the next question before anyone else knew
        raise


def _asked(endpoint, client, question: Question, ledger: Ledger, stop: Event) -> str:
    """The digest under which the reply is kept, when there is one in the end."""
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
            body = question.plain  # perhaps it was the answer format that was refused
            continue
        tries += 1
        if tries > endpoint.retries or outcome.pause > endpoint.patience:
            raise UserError(_given_up(endpoint, outcome, tries))
        ledger.hold(outcome.pause)
        longest = min(endpoint.patience, endpoint.backoff * 2 ** (tries - 1))
        ledger.wait(stop, outcome.pause + longest * random.uniform(0.5, 1))


def _sent(endpoint, client, body: dict, ledger: Ledger, stop: Event, first: bool):
    """Send one request; the digest under which its reply is kept, or what went wrong. Its place
    among those under way is given up only when the reply is on disk: a process that is killed
    loses no more replies than there are places."""
    with ledger.slot(endpoint.concurrency):
        if stop.is_set():
            raise Stopped
        ledger.spend(first, endpoint.budget)
        where = f"{endpoint.address}/chat/completions"
        outcome = post(client, where, body, endpoint.timeout, endpoint.key_variable)
        if not isinstance(outcome, Reply):
            return outcome
        digest = Responses.digest(endpoint.address, body)
        # Blotted here: a traceback from within would show the key among its variables.
        asked, said = (blotted(part, endpoint.key) for part in (body, outcome.envelope))
        Responses(endpoint.cache).keep(digest, endpoint.address, asked, said)
        ledger.count("paid")
        return digest


def _shown(endpoint, said: str) -> str:
    """What a server said, without the key; cut only then, or half a key would be left."""
    said = blotted(said, endpoint.key)
    return said if len(said) <= SHOWN else f"{said[:SHOWN]}...)"


def _refused(endpoint, refusal: Refusal) -> str:
    status, url, said = refusal.status, endpoint.address, _shown(endpoint, refusal.said)
    if status in (401, 403) and endpoint.key_variable:
        return (
            f"{url} does not accept the key ({status}): set the environment variable "
            f"{endpoint.key_variable} to one that is valid there."
        )
    if status in (401, 403):
        return (
            f"{url} wants a key ({status}): give key_variable the name of an environment variable "
            "that holds one."
        )
    if 300 <= status < 400:
        return f"{url} redirects ({status}), which is not followed: give the final url."
    return f"{url} refuses the request, status {status}{said}: check url, model and settings."


def _given_up(endpoint, trouble: Trouble, tries: int) -> str:
    why = _shown(endpoint, trouble.why)
    if trouble.pause > endpoint.patience:
        return (
            f"{endpoint.address} wants no requests for {trouble.pause:.0f} s, {why}: run again "
            f"after that, or set patience above it ({endpoint.patience:g} s)."
        )
    return (
        f"{endpoint.address} did not answer a question in {tries} "
        f"{'try' if tries == 1 else 'tries'}, the last time: {why}. Check that it is up, or set "
        "timeout or retries higher."
    )

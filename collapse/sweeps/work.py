"""Run the arms of a sweep: those of one program side by side, several programs in threads."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import jax
import numpy as np

from collapse.errors import UserError
from collapse.loop.arm import Arm
from collapse.loop.prepare import NO_MEMORY, without_memory
from collapse.loop.simulate import check_room, run_arm
from collapse.loop.sweep import run_arms
from collapse.rewards.external import asks_external
from collapse.sweeps.points import Group
from collapse.sweeps.store import Store

Curves = dict[str, np.ndarray]


def run_groups(
    groups: Sequence[Group],
    lacking: set[str],
    store: Store,
    key: int,
    seeds: int,
    report: Callable[[int], None],
) -> dict[str, str]:
    """Run what is lacking and keep its records; {hash: sentence} of what failed. A failure stops
    nothing else. ``report`` gets the number of arms that are done."""
    failed: dict[str, str] = {}

    def of_group(group: Group) -> None:
        chunks = group.chunks(lacking)
        at_once = os.cpu_count() or 1  # chunks of one program, in threads of ``run_arms``
        for i in range(0, len(chunks), at_once):
            batch = chunks[i : i + at_once]
            curves = records(group, batch, key, seeds, failed)
            for digest in curves.keys() & lacking:
                store.keep(digest, curves[digest])
            report(len(lacking & {digest for chunk in batch for digest in chunk}))

    busy = [group for group in groups if group.chunks(lacking)]
    with ThreadPoolExecutor(max(1, min(os.cpu_count() or 1, len(busy)))) as threads:
        list(threads.map(of_group, busy))
    return failed


def records(
    group: Group, chunks: list[list[str]], key: int, seeds: int, failed: dict[str, str]
) -> dict[str, Curves]:
    """The curves of the arms of chunks, by hash. Where they fail together each is run alone, and
    what fails then is added to ``failed``."""
    digests = [digest for chunk in chunks for digest in chunk]
    arms = [group.arms[digest] for digest in digests]
    try:
        # The last chunk may be short: with copies of its last arm it is the same program.
        filled = arms + arms[-1:] * (-len(arms) % group.width)
        check_room(arms[0], seeds * group.width)
        curves = _together(key, filled, seeds)
        return {digest: {k: x[i] for k, x in curves.items()} for i, digest in enumerate(digests)}
    except (UserError, RuntimeError, ValueError, TypeError, MemoryError) as error:
        if len(digests) == 1:
            failed[digests[0]] = sentence_of(error)
            return {}
    alone: dict[str, Curves] = {}
    for digest in digests:
        alone |= records(Group({digest: group.arms[digest]}, 1), [[digest]], key, seeds, failed)
    return alone


def _together(key: int, arms: list[Arm], seeds: int) -> Curves:
    """{curve: (V, S, T + 1)} of arms of one program."""
    if asks_external(arms[0].judge):  # always alone
        curves = run_arm(jax.random.key(key), arms[0], seeds, ready=True)["curves"]
        return {name: x[None] for name, x in curves.items()}
    return run_arms(jax.random.key(key), arms, seeds, ready=True)["curves"]


def sentence_of(error: Exception) -> str:
    """What failed, in one line."""
    if isinstance(error, UserError):
        return " ".join(error.sentences)
    if without_memory(error):
        return NO_MEMORY
    return f"{type(error).__name__}: {str(error).strip().splitlines()[0] if str(error) else ''}"

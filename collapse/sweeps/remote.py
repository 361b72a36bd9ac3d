"""Run the arms of a sweep in other processes, here or on other machines."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from contextlib import closing

from collapse.errors import UserError
from collapse.numerics.pytree import parts_of
from collapse.suggest import listed
from collapse.sweeps.points import Group
from collapse.sweeps.store import Store
from collapse.sweeps.tasks import Packed, answered, pack, why
from collapse.sweeps.work import Curves, records


def run_remotely(
    groups: Sequence[Group],
    lacking: set[str],
    store: Store,
    key: int,
    seeds: int,
    report: Callable[[int], None],
    executor: Executor,
) -> dict[str, str]:
    """Run what is lacking on an executor, and keep its records as they come; {hash: sentence} of
    what failed. A task whose worker dies is cut into its arms, so that one takes no other along."""
    refuse_local(groups)
    failed: dict[str, str] = {}
    waiting = [(group, chunk) for group in groups for chunk in group.chunks(lacking)]

    def packed(task: tuple[Group, list[str]]) -> Packed:
        group, chunk = task
        part = Group({digest: group.arms[digest] for digest in chunk}, group.width)
        return pack(run_group, part, key, seeds)

    with closing(answered(executor, waiting, packed)) as answers:
        for (group, chunk), future in answers:
            mine = [digest for digest in chunk if digest in lacking]
            try:
                curves, errors = future.result()
            except UserError:  # every other task would be refused too
                raise
            except Exception as error:
                if len(chunk) > 1:
                    alone = [Group({digest: group.arms[digest]}, 1) for digest in mine]
                    waiting += [(one, list(one.arms)) for one in alone]
                    continue
                curves, errors = {}, {mine[0]: why(error)}
            for digest in curves.keys() & lacking:
                store.keep(digest, curves[digest])
            failed |= {digest: text for digest, text in errors.items() if digest in lacking}
            report(len(mine))
    return failed


def run_group(group: Group, key: int, seeds: int) -> tuple[dict[str, Curves], dict[str, str]]:
    """The work of a worker: records and failures of the arms of a group."""
    failed: dict[str, str] = {}
    return records(group, [list(group.arms)], key, seeds, failed), failed


def refuse_local(groups: Sequence[Group]) -> None:
    """Raise ``UserError`` for parts of classes that no worker can import."""
    parts = [part for group in groups for arm in group.arms.values() for _, part in parts_of(arm)]
    names = {type(part).__name__ for part in parts if type(part).__module__ == "__main__"}
    if names:
        raise UserError(
            f"{listed(sorted(names))} cannot be sent to workers: put the class into a file of its "
            "own, and import it or give it as FILE.py:NAME."
        )

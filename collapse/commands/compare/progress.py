"""Unfinished runs: which seeds have reached a generation, and what is missing.

The order of blocks decides which seeds of an unfinished run are done, not their values. So the
seeds that are done are as good as a run of that many.
"""

import numpy as np

from collapse.runs.run import Run

FEWEST = 2  # seeds that have an interval


def farthest(done: np.ndarray) -> int:
    """The last generation that two seeds have reached, or the only one; -1 if none has begun.
    ``done`` (S,) is the last generation of each seed."""
    order = np.sort(done)[::-1]
    several = order[min(FEWEST, len(order)) - 1]
    return int(several if several >= 0 else order[0])


def so_far(run: Run, arm: str, name: str, upto: int | None = None) -> np.ndarray:
    """A curve (S', T' + 1) of the seeds that have reached generation T', which is ``farthest`` or
    ``upto``. No seeds, if none has begun."""
    done = run.done(arm)
    last = min(farthest(done), run.generations if upto is None else upto)
    return run.curve(arm, name)[done >= max(last, 0), : max(last, 0) + 1]


def left_out(run: Run, arm: str, at: int) -> list[str]:
    """A sentence about the seeds of an unfinished arm that have reached generation ``at``."""
    done = run.done(arm)
    if (done >= run.generations).all():
        return []
    there, unbegun = int((done >= at).sum()), int((done < 0).sum())
    behind = len(done) - there - (unbegun if at >= 0 else 0)
    rest = f", {behind} have not" if behind else ""
    rest += f", {unbegun} have not begun" if unbegun else ""
    basis = f"The results are of those {there}. " if there else ""
    return [
        f"{run.directory} is not finished: of {len(done)} seeds of {arm}, {there} have reached"
        f" generation {at} of {run.generations}{rest}. {basis}Run the same command again to"
        " continue the run."
    ]

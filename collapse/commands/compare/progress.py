"""How far the seeds of a run are: which of them have come to a generation, and what is missing.

Which seeds of an unfinished run are there was decided by the order of its blocks and not by their
values, so that those that are there are as good as a run of as few.
"""

import numpy as np

from collapse.runs.run import Run

FEWEST = 2  # seeds of which something can be said


def farthest(done: np.ndarray) -> int:
    """The last generation to which two seeds have come, of the last of each seed (S,); that of the
    only one, if there is one; -1 where none has begun."""
    order = np.sort(done)[::-1]
    several = order[min(FEWEST, len(order)) - 1]
    return int(several if several >= 0 else order[0])


def so_far(run: Run, arm: str, name: str, upto: int | None = None) -> np.ndarray:
    """A curve (S', T' + 1) of the seeds that have come to generation T', the ``farthest`` there is
    up to ``upto``; of none, where none has begun."""
    done = run.done(arm)
    last = min(farthest(done), run.generations if upto is None else upto)
    return run.curve(arm, name)[done >= max(last, 0), : max(last, 0) + 1]


def left_out(run: Run, arm: str, at: int) -> list[str]:
    """A sentence on the seeds of an unfinished arm that have and have not come to generation
    ``at``."""
    done = run.done(arm)
    if (done >= run.generations).all():
        return []
    there, unbegun = int((done >= at).sum()), int((done < 0).sum())
    behind = len(done) - there - (unbegun if at >= 0 else 0)
    rest = f", {behind} not so far" if behind else ""
    rest += f", {unbegun} not begun" if unbegun else ""
    told = f"What is said rests on those {there}: run" if there else "Run"
    return [
        f"{run.directory} is not finished: of {len(done)} seeds of {arm} {there} have come to "
        f"generation {at} of {run.generations}{rest}. {told} the same command again to go on."
    ]

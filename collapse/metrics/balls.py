"""Nearest-neighbour balls: which points lie in the ball of a row, whose radius is the distance to
its k-th nearest neighbour.

In few dimensions trees are used. In many, a pass in single precision with matrix products decides
most pairs; those within its rounding error are decided from differences in double precision, so
that copies have distance 0. Balls are closed, and rounding does not lose boundary points.
"""

import numpy as np
from scipy.spatial import KDTree

FEW = 8  # dimensions up to which a tree is faster
PRODUCT = 1 << 24  # distances per matrix product, as many small products wait for threads
GROUPED = 8  # distances per group that is represented by its minimum
ROWS = 64  # points per tile, so that their distances stay in cache
BALLS = 1 << 12  # balls per tree query
PAIRS = 1 << 16  # pairs whose differences are in memory at once
EDGE = 1 + 1e-12


def squared_reaches(rows: np.ndarray, k: int) -> np.ndarray:
    """(n,) squared distance of each row (n, d) from its k-th nearest other row, k < n. Copies count
    as neighbours, so that at least k copies give 0."""
    if rows.shape[1] <= FEW:
        near, _ = KDTree(rows).query(rows, [k + 1], workers=-1)
        return near[:, 0] ** 2
    reach = np.empty(len(rows))
    for first, tile, doubt in _tiles(rows, rows):
        at = np.arange(len(tile))
        tile[at, first + at] = np.inf  # excludes the row itself but not its copies
        i, j = _nearest(tile, k, doubt)
        exact = _exact(rows, i + first, rows, j)
        begins = np.searchsorted(i, at)
        reach[first : first + len(tile)] = exact[np.lexsort((exact, i))][begins + k - 1]
    return reach


def _nearest(tile: np.ndarray, k: int, doubt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of all entries that may be among the k smallest of their row, row by row.

    The k-th smallest of the group minima bounds the k-th smallest of all: only groups with a
    minimum below the bound are searched.
    """
    width = -(-tile.shape[1] // GROUPED)
    if width < 4 * k:
        kth = np.partition(tile, k - 1, axis=1)[:, k - 1, None]
        return _where(tile <= kth + 2 * doubt)
    least = tile[:, :width].copy()
    for begin in range(width, tile.shape[1], width):
        part = tile[:, begin : begin + width]
        np.minimum(least[:, : part.shape[1]], part, out=least[:, : part.shape[1]])
    bound = np.partition(least, k - 1, axis=1)[:, k - 1, None] + 2 * doubt
    i, group = _where(least <= bound)
    j = group[:, None] + width * np.arange(GROUPED)
    inside = j < tile.shape[1]
    below = inside & (tile[i[:, None], np.where(inside, j, 0)] <= bound[i])
    return np.repeat(i, below.sum(1)), j[below]


def in_any_ball(points: np.ndarray, centres: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """(n,) bool: points (n, d) in any ball with centres (m, d) and squared radii ``reach`` (m,)."""
    if points.shape[1] <= FEW:
        return _in_any_by_tree(points, centres, reach * EDGE)
    return np.concatenate([inside for inside in _in_any(points, centres, reach * EDGE)])


def balls_that_hold(points: np.ndarray, centres: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """(m,) bool: balls that contain at least one point."""
    if points.shape[1] <= FEW:
        near, _ = KDTree(points).query(centres, workers=-1)
        return near**2 <= reach * EDGE
    return np.logical_or.reduce([x.any(0) for x in _inside(points, centres, reach * EDGE)])


def pairs_inside(points: np.ndarray, centres: np.ndarray, reach: np.ndarray) -> int:
    """Number of pairs of a point and a ball that contains it."""
    if points.shape[1] <= FEW:
        tree, radius = KDTree(points), np.sqrt(reach * EDGE)
        counts = tree.query_ball_point(centres, radius, return_length=True, workers=-1)
        return int(counts.sum())
    return sum(np.count_nonzero(inside) for inside in _inside(points, centres, reach * EDGE))


def _in_any_by_tree(points, centres, reach) -> np.ndarray:
    """``in_any_ball`` by trees: the balls of the nearest centres decide most points; the others are
    searched ball by ball."""
    few = min(8, len(centres))
    far, near = KDTree(centres).query(points, range(1, few + 1), workers=-1)
    inside = (far**2 <= reach[near]).any(1)
    rest = np.flatnonzero(~inside)
    if len(rest):
        tree, radius = KDTree(points[rest]), np.sqrt(reach)
        for first in range(0, len(centres), BALLS):
            balls = slice(first, first + BALLS)
            for indices in tree.query_ball_point(centres[balls], radius[balls], workers=-1):
                inside[rest[indices]] = True
    return inside


def _in_any(points, centres, reach):
    """For tiles of points, whether each is in any ball; only doubtful pairs are checked exactly."""
    for first, tile, doubt in _tiles(points, centres, reach):
        least = tile.min(1, keepdims=True)
        inside = least[:, 0] < -doubt[:, 0]
        rows = np.flatnonzero(~inside & (least[:, 0] <= doubt[:, 0]))
        i, j = _where(tile[rows] <= doubt[rows])
        within = _exact(points, rows[i] + first, centres, j) <= reach[j]
        inside[rows[i[within]]] = True
        yield inside


def _inside(points, centres, reach):
    """Tiles (points, m) of bool: which points are in which balls."""
    for first, tile, doubt in _tiles(points, centres, reach):
        inside = tile <= 0
        i, j = _where(np.abs(tile) <= doubt)
        inside[i, j] = _exact(points, i + first, centres, j) <= reach[j]
        yield inside


def _where(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of each True, row by row; faster than ``np.nonzero`` in two dimensions."""
    return np.divmod(np.flatnonzero(mask.ravel()), mask.shape[1])


def _tiles(points, centres, reach=0.0):
    """Squared distances minus ``reach``, in single precision and common units: the first row of
    each tile, the tile, and the error bound for each row (rows, 1)."""
    middle = centres.mean(0)
    size = max(np.abs(points - middle).max(), np.abs(centres - middle).max()) or 1.0
    points, centres = (points - middle) / size, (centres - middle) / size
    own, theirs = (points**2).sum(1), (centres**2).sum(1)
    left = np.column_stack([-2 * points, own, np.ones(len(points))]).astype(np.float32)
    level = theirs - reach / size**2
    right = np.column_stack([centres, np.ones(len(centres)), level]).astype(np.float32)
    rounding = 2.0 * (left.shape[1] + 3) * np.finfo(np.float32).eps
    most = np.sqrt(theirs.max())
    doubt = rounding * ((np.sqrt(own) + most) ** 2 + np.max(reach) / size**2)
    doubt = doubt[:, None].astype(np.float32)
    right = np.ascontiguousarray(right.T)
    at_once = max(ROWS, PRODUCT // len(centres) // ROWS * ROWS)
    for begin in range(0, len(left), at_once):
        product = left[begin : begin + at_once] @ right
        for row in range(0, len(product), ROWS):
            first = begin + row
            yield first, product[row : row + ROWS], doubt[first : first + ROWS]


def _exact(a, i, b, j) -> np.ndarray:
    """(p,) squared distances of the pairs a[i], b[j], from differences."""
    blocks = range(0, len(i), PAIRS)
    parts = [((a[i[s : s + PAIRS]] - b[j[s : s + PAIRS]]) ** 2).sum(1) for s in blocks]
    return np.concatenate(parts) if parts else np.zeros(0)

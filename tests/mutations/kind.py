"""What a planted bug is."""

from typing import NamedTuple


class Mutation(NamedTuple):
    what: str  # in words, for the table
    file: str
    old: str  # occurs once in the file; what of it changes lies on one line
    new: str
    where: str  # SCENARIO or SCENARIO:EVIDENCE, looked at before all others
    tests: str  # files of tests, separated by spaces, where no claim notices

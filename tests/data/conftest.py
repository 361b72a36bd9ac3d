"""Files to read."""

import pytest


@pytest.fixture
def write(tmp_path):
    """A file in a folder of its own, from text or bytes."""

    def write_one(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_one

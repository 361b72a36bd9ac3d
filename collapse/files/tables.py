"""Records of parquet and Arrow files, by pyarrow, a batch at a time."""

from collapse.errors import UserError
from collapse.files.containers import Opened, Source, seekable
from collapse.files.magic import table
from collapse.files.packing import EXTRA

ROWS = 4096  # rows of a batch


def table_records(file: Opened, source: Source, used: set[str]):
    """The rows of a table as objects, each with its number from 1. Once columns are named in
    ``used``, only these are made into objects."""
    kind = table(file.head) or ""
    try:
        import pyarrow as arrow
    except ImportError:
        raise UserError(f"{source} is a table of {kind}, which needs pyarrow: {EXTRA}.") from None
    number = 0
    try:
        for batch in _batches(file, source, kind):
            if used:
                batch = batch.select([name for name in batch.schema.names if name in used])
            for row in batch.to_pylist():
                number += 1
                yield number, row
    except UserError:
        raise
    # A damaged table may ask for any memory, and hold text and times that are none.
    except (arrow.ArrowException, MemoryError, OSError, ValueError, OverflowError) as error:
        what = str(error).split("\n")[0][:200]
        raise UserError(
            f"{source} is a damaged table of {kind} ({what}). Download or write it again."
        ) from None


def _batches(file: Opened, source: Source, kind: str):
    place = seekable(file, source)
    if kind == "parquet":
        from pyarrow import parquet

        held = parquet.ParquetFile(place, memory_map=False, pre_buffer=False)
        yield from held.iter_batches(batch_size=ROWS)
        return
    from pyarrow import ipc

    if file.head.startswith(b"ARROW1"):
        reader = ipc.open_file(place)
        batches = (reader.get_batch(i) for i in range(reader.num_record_batches))
    else:
        batches = iter(ipc.open_stream(place))
    for batch in batches:
        batch.validate(full=True)  # of a damaged one, pyarrow would read memory that is not its own
        for at in range(0, batch.num_rows, ROWS):
            yield batch.slice(at, ROWS)

"""Tables on their way between workers: compressed, for a runner may hold every row of the corpus at once."""

from __future__ import annotations

import pyarrow as pa

_OPTIONS = pa.ipc.IpcWriteOptions(compression="zstd")


def pack(table: pa.Table) -> bytes:
    """A table as bytes; of a slice only its own rows."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=_OPTIONS) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def unpack(parcel: bytes) -> pa.Table:
    """The table that was packed."""
    with pa.ipc.open_stream(parcel) as reader:
        return reader.read_all()

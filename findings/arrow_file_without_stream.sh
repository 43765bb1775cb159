#!/usr/bin/env bash
# The Arrow IPC file format as apache-arrow 21.2.0 (npm) and polars 2.1.0 (PyPI) write it; held against pyarrow 26.0.1 (PyPI).
#
# Behaviour: by the format a file is the bytes ARROW1, two of padding, the whole stream, then footer and magic. What pyarrow writes is so:
# from byte 8 on it is read as a stream. apache-arrow leaves the message with the schema out: the first message is a record batch. polars
# writes the schema, but neither the marker ff ff ff ff nor the length that stand before every message: its flatbuffer begins at byte 8.
# Both files are read by their footers, which have the schema again; neither can be read from its beginning to its end.
# Expected: what the format says, "the streaming format" between the two magics.
# For whom: whoever reads an upload as it comes, without a seek to its end, or repairs a file whose end is lost: that works with files
# of pyarrow, and not with these.
# Remedy: the streaming format, which all three write right: tableToIPC(table, 'stream'), DataFrame.write_ipc_stream; a file only where
# the reader can seek.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts apache-arrow@21.2.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1 polars==2.1.0
cat >write.mjs <<'NODE'
import { writeFileSync } from 'node:fs'
import { tableFromArrays, tableToIPC } from 'apache-arrow'

const table = tableFromArrays({ x: Float32Array.from([0.5, 1.5, 2.5]) })
writeFileSync('apache-arrow.arrow', tableToIPC(table, 'file'))
writeFileSync('apache-arrow.arrows', tableToIPC(table, 'stream'))
NODE
node write.mjs
venv/bin/python - <<'PYTHON'
import polars
import pyarrow
from pyarrow import ipc

X = [0.5, 1.5, 2.5]
table = pyarrow.table({'x': pyarrow.array(X, pyarrow.float32())})
with ipc.new_file('pyarrow.arrow', table.schema) as writer:
    writer.write_table(table)
with ipc.new_stream('pyarrow.arrows', table.schema) as writer:
    writer.write_table(table)
frame = polars.DataFrame({'x': X}, schema={'x': polars.Float32})
frame.write_ipc('polars.arrow', compression='uncompressed')
frame.write_ipc_stream('polars.arrows', compression='uncompressed')


def read_stream(data):
    try:
        return ipc.open_stream(data).read_all()['x'].to_pylist()
    except (OSError, pyarrow.ArrowInvalid) as error:
        return str(error)


CONTINUES = b'\xff\xff\xff\xff'
cases = [  # writer, begins with a message, what is read from byte 8 on
    ('pyarrow', True, X),
    ('apache-arrow', True, 'Expected IPC message of type schema but got record batch'),
    ('polars', False, 'Invalid flatbuffers message.'),
]
for writer, marked, wanted in cases:
    with open(f'{writer}.arrow', 'rb') as file:
        data = file.read()
    got = read_stream(data[8:])
    print(f'{writer}: bytes 8 to 11 are {data[8:12].hex(" ")}; as a stream: {got}')
    assert data.startswith(b'ARROW1\0\0') and data.endswith(b'ARROW1')
    assert (data[8:12] == CONTINUES) == marked and got == wanted
    assert ipc.open_file(data).read_all()['x'].to_pylist() == X  # by the footer
    with open(f'{writer}.arrows', 'rb') as file:
        assert read_stream(file.read()) == X
print(f'{len(cases)} files as described')
PYTHON

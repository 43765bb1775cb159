#!/usr/bin/env bash
# hyparquet 1.33.0 with hyparquet-compressors 1.1.2 (npm) on Parquet of pyarrow 26.0.1 (PyPI) with LZ4.
#
# Behaviour: a column in which every value is missing cannot be read: "lz4 offset out of range 0". pyarrow gives such a column a
# dictionary without entries, as dictionaries are its default, and LZ4 of nothing is one byte, a block that ends at once; the decompressor
# takes it for the start of a match. Read with the others, the column takes them along. Without dictionaries, or with any other
# compression of pyarrow, the same column is read; so is one with a single value that is there.
# Expected: a column of missing values, as pyarrow reads it.
# For whom: whoever reads tables of sensors in a browser or in Node: one that was off in a file makes all of the file unreadable.
# Remedy: use_dictionary=False or zstd when writing; without a say in that, ask for the other columns by name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init --yes >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts hyparquet@1.33.0 hyparquet-compressors@1.1.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyarrow==26.0.1
venv/bin/python - <<'PYTHON'
import pyarrow
from pyarrow import parquet

there = pyarrow.array([0.5, 1.5, 2.5], pyarrow.float32())
for name, off in (('missing', [None] * 3), ('one', [None, 7.0, None])):
    table = pyarrow.table({'on': there, 'off': pyarrow.array(off, pyarrow.float32())})
    for compression in ('none', 'snappy', 'gzip', 'zstd', 'brotli', 'lz4'):
        parquet.write_table(table, f'{name}-{compression}.parquet', compression=compression)
    parquet.write_table(table, f'{name}-lz4-plain.parquet', compression='lz4', use_dictionary=False)
    assert parquet.read_table(f'{name}-lz4.parquet')['off'].to_pylist() == off
PYTHON
cat >read.mjs <<'NODE'
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { parquetReadObjects } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'

async function read(name, columns) {
  const bytes = Uint8Array.from(readFileSync(name))
  try {
    const rows = await parquetReadObjects({ file: bytes.buffer, compressors, columns })
    return rows.map((row) => Object.values(row))
  } catch (error) {
    return error.message
  }
}

const files = readdirSync('.').filter((name) => name.endsWith('.parquet'))
for (const name of files) {
  const found = await read(name)
  console.log(`${name}: ${JSON.stringify(found)}`)
  const off = name.startsWith('one') ? 7 : null
  const wanted = name === 'missing-lz4.parquet' ? 'lz4 offset out of range 0' : [[0.5, null], [1.5, off], [2.5, null]]
  assert.deepEqual(found, wanted)
}
assert.deepEqual(await read('missing-lz4.parquet', ['on']), [[0.5], [1.5], [2.5]])
console.log(`${files.length} files as described`)
NODE
node read.mjs

import assert from 'node:assert/strict'
import { createReadStream, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { FORMATS, ingest, type IngestOptions, type Ingested } from '@unroll/datasets'

// What write_formats.py wrote: a few sequences are committed, and UNROLL_FORMATS_FOLDER has a thousand
// (`npm run test:formats` makes them).
const FIXTURES = join(import.meta.dirname, '../../datasets/fixtures')
const FOLDERS = ['unequal', 'wide', 'tensor']
/** Files of each folder: a library that writes nothing any more is not to go unseen. */
const LEAST_FILES: Readonly<Record<string, number>> = { unequal: 26, wide: 15, tensor: 8 }

function formatOf(name: string): IngestOptions['format'] {
  const found = Object.entries(FORMATS).find(([, { extensions }]) =>
    extensions.some((extension) => name.endsWith(extension)),
  )
  assert.ok(found !== undefined, name)
  return found[0] as IngestOptions['format']
}

async function read(path: string): Promise<Ingested> {
  const reading = ingest(createReadStream(path), { format: formatOf(path.replace(/\.txt$/, '')) })
  for (;;) {
    const next = await reading.next()
    if (next.done === true) return next.value
  }
}

async function compare(t: TestContext, root: string): Promise<void> {
  for (const folder of FOLDERS) {
    const digests = new Map<string, string[]>()
    const names = readdirSync(join(root, folder))
    let about = ''
    for (const name of names) {
      const { schema } = await read(join(root, folder, name))
      about = `${schema.sequences} sequences of ${schema.steps} steps`
      digests.set(schema.values_sha256, [...(digests.get(schema.values_sha256) ?? []), name])
    }
    assert.equal(digests.size, 1, `${folder}: ${JSON.stringify(Object.fromEntries(digests), null, 1)}`)
    assert.ok(names.length >= (LEAST_FILES[folder] ?? 0), `${folder} has ${names.length} files`)
    t.diagnostic(`${folder}: ${names.length} files have the same ${about}`)
  }
}

test('what pandas, polars, DuckDB, pyarrow, NumPy and aeon write has the same values in every format', (t) =>
  compare(t, FIXTURES))

const written = process.env['UNROLL_FORMATS_FOLDER']
const skip =
  written === undefined || !existsSync(written) ? 'run `npm run test:formats`, which has Python write them' : false
test('a thousand sequences, written now, have the same values in every format', { skip }, (t) =>
  compare(t, written ?? ''),
)

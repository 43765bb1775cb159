import assert from 'node:assert/strict'
import { createReadStream, existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { UnrollError } from '@unroll/contract'
import { FORMATS, ingest, type IngestOptions } from '@unroll/datasets'
import { selectEngine } from '@unroll/engines'
import { runJob, specOf } from '../training/run.ts'
import { openUpload } from '../training/sequences.ts'

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

const STEPS = 3
const SERIES = ['loss', 'grad_norm', 'evaluation_loss']
/** What is learned of each folder. */
const DATA: Readonly<Record<string, object>> = {
  unequal: { target: 'label', problem: 'classification', missing: 'impute' },
  wide: { target: 'label', problem: 'classification', missing: 'impute' },
  tensor: { problem: 'forecast', horizon: 1 },
}

function jobOn(folder: string): object {
  return {
    model: { cell: 'gru', hidden_size: 4 },
    data: { dataset: 'ds_0123456789abcdefghij', ...DATA[folder], validation_fraction: 0.25 },
    sequence_length: folder === 'tensor' ? 4 : 12,
    training: { batch_size: 4, max_steps: STEPS, evaluate_every: STEPS, seed: 15 },
  }
}

/** The digest of what a file holds, and that of every number that training on it gives. */
async function trainOn(path: string, folder: string): Promise<{ values: string; trajectory: string; about: string }> {
  const body = jobOn(folder)
  const { opened, schema } = await openUpload(specOf(body), createReadStream(path), {
    format: formatOf(path.replace(/\.txt$/, '')),
  })
  const { engine } = await selectEngine('oracle') // float64: a value that is off by one bit shows
  const { rows, outcome } = await runJob(engine, body, { dataset: opened })
  assert.equal(rows.at(-1)?.step, STEPS, JSON.stringify(outcome))
  const trajectory = rows.map(({ step, series }) => [step, ...SERIES.map((name) => series[name])])
  assert.ok(trajectory.flat().every((value) => value === undefined || Number.isFinite(value)))
  return {
    values: schema.values_sha256,
    trajectory: JSON.stringify(trajectory),
    about: `${schema.sequences} sequences of ${schema.steps} steps, losses ${rows.map(({ series }) => series['loss']).join(', ')}`,
  }
}

async function compare(t: TestContext, root: string): Promise<void> {
  for (const folder of FOLDERS) {
    const names = readdirSync(join(root, folder))
    const found = new Map<string, string[]>()
    let about = ''
    for (const name of names) {
      const read = await trainOn(join(root, folder, name), folder)
      about = read.about
      const key = `${read.values} ${read.trajectory}`
      found.set(key, [...(found.get(key) ?? []), name])
    }
    assert.equal(found.size, 1, `${folder}: ${JSON.stringify(Object.fromEntries(found), null, 1)}`)
    assert.ok(names.length >= (LEAST_FILES[folder] ?? 0), `${folder} has ${names.length} files`)
    t.diagnostic(`${folder}: ${names.length} files have the same ${about}`)
  }
}

/** What each file that cannot be read is refused with: how it can be. */
const REFUSED: Readonly<Record<string, RegExp>> = {
  'list-view.arrow': /To have it read, cast its list views to lists, by pyarrow as column\.cast\(pa\.list_/,
  'large-list-view.arrow': /To have it read, cast its list views to lists/,
  'run-end.arrow': /To have it read, decode its runs by pyarrow\.compute\.run_end_decode/,
  'objects.npy': /array of objects \(pickle\); save one padded array, with "lengths"/,
  'complex.npy': /its elements are <c16; save it as float64/,
  'dates.npy': /its elements are <M8\[D\]; save it as float64/,
  'structured.npz': /To have it read, save each field of a structured array under a name of its own/,
  'cut-off.parquet': /To have it read, write it whole and without encryption/,
}

async function refuse(t: TestContext, root: string): Promise<void> {
  const names = readdirSync(join(root, 'refused'))
  assert.deepEqual(names.toSorted(), Object.keys(REFUSED).toSorted())
  for (const name of names) {
    const reading = ingest(createReadStream(join(root, 'refused', name)), { format: formatOf(name) })
    await assert.rejects(reading.next(), (error) => {
      assert.ok(error instanceof UnrollError, String(error))
      assert.match(error.faults[0]?.detail ?? '', REFUSED[name] ?? /$^/, name)
      return true
    })
  }
  t.diagnostic(`${names.length} files are refused, each with what makes it readable`)
}

const PACKED: [file: string, frame: string][] = [
  ['pyarrow-lz4.feather', '04224d18'],
  ['pyarrow-zstd.feather', '28b52ffd'],
]
for (const [file, frame] of PACKED) {
  test(`a buffer of ${file} that says to unpack to more than there is room for is refused before it is`, async () => {
    const bytes = readFileSync(join(FIXTURES, 'unequal', file))
    const at = bytes.indexOf(Buffer.from(frame, 'hex'))
    assert.ok(at > 0)
    bytes.writeBigInt64LE(2n ** 40n, at - 8)
    const reading = ingest(Readable.from([bytes]), { format: 'arrow' })
    await assert.rejects(
      reading.next(),
      (error) =>
        error instanceof UnrollError &&
        /1099511627776 bytes are to be unpacked, and at most 1073741824 may be at once\. To have it read, write it in smaller/.test(
          error.faults[0]?.detail ?? '',
        ),
    )
  })
}

test('a page of a small row group of Parquet that says to unpack to more than there is room for is refused before it is', async () => {
  const bytes = readFileSync(join(FIXTURES, 'unequal', 'pyarrow-snappy.parquet'))
  const [sizeAt, sizeBytes] = [7, 2] // of what the first page unpacks to, after "PAR1" and the type of the page
  assert.equal(bytes.readUInt8(sizeAt - 1), 0x15, 'the field before the size')
  const declared = Buffer.from('80d0acf30e', 'hex') // 2,000,000,000 as Thrift writes it
  const rest = bytes.subarray(sizeAt + sizeBytes)
  const grown = declared.length - sizeBytes
  // As many bytes are left out of the page as the number has more: what follows stays where it is.
  const page = [rest.subarray(0, 100), rest.subarray(100 + grown)]
  const reading = ingest(Readable.from([Buffer.concat([bytes.subarray(0, sizeAt), declared, ...page])]), {
    format: 'parquet',
  })
  await assert.rejects(
    reading.next(),
    (error) =>
      error instanceof UnrollError &&
      /2000000000 bytes are to be unpacked, and at most 1073741824 may be at once/.test(error.faults[0]?.detail ?? ''),
  )
})

test('what cannot be read is refused with what makes it readable', (t) => refuse(t, FIXTURES))

test('what pandas, polars, DuckDB, pyarrow, NumPy and aeon write has the same values in every format, and trains alike', (t) =>
  compare(t, FIXTURES))

const written = process.env['UNROLL_FORMATS_FOLDER']
const skip =
  written === undefined || !existsSync(written) ? 'run `npm run test:formats`, which has Python write them' : false
test(
  'a thousand sequences, written now, have the same values in every format, and train alike',
  { skip },
  async (t) => {
    await compare(t, written ?? '')
    await refuse(t, written ?? '')
  },
)

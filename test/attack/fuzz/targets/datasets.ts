import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { DatasetFormat } from '@unroll/contract'
import { ingest } from '@unroll/datasets'
import type { FuzzTarget } from '../target.ts'
import { FOOTED } from './footed.ts'
import { ZIP } from './zip.ts'

/** Files as the tools of others write them. */
const FIXTURES = join(import.meta.dirname, '../../../../datasets/fixtures')
const MOST_UNPACKED_BYTES = 2 ** 24
/** Larger ones are left out: a change in them is less often where it matters. */
const LARGEST_SEED = 7_000

const COMMON = [
  'label',
  'target',
  'inputs',
  'sequence',
  'step',
  'NaN',
  'null',
  '-inf',
  '\xef\xbb\xbf',
  '\r\n',
  '\0',
  '\xff',
]

interface Format {
  files: RegExp
  tokens: readonly string[]
}

const FORMATS: Readonly<Record<Exclude<DatasetFormat, 'text'>, Format>> = {
  jsonl: {
    files: /\.jsonl$/,
    tokens: ['{"inputs":[[1,2]],', '"label":"a"', '\\u0000', '\\ud800', '[[[[', '1e999', 'true', ',,', '"__proto__":'],
  },
  csv: { files: /\.csv$/, tokens: ['"', '""', ',', ';', '\t', '\n\n', 'id,t,x,y\n', '1,5', "'"] },
  tsv: { files: /\.tsv$/, tokens: ['"', '\t', '\t\t', '\n', 'id\tt\tx\n'] },
  arrow: {
    files: /\.(?:arrows?|feather)$/,
    tokens: ['ARROW1', 'FEA1', '\xff\xff\xff\xff', 'arrow.fixed_shape_tensor', '"shape":[2,2]', '"permutation":[1,0]'],
  },
  parquet: { files: /\.parquet$/, tokens: ['PAR1', 'PARE', 'ARROW:schema', '\x15\x00', '\x19\xfc', '\x2c'] },
  npy: {
    files: /\.npy$/,
    tokens: [
      "'descr': '<f8'",
      "'descr': '<U9999999'",
      "'descr': '|S0'",
      "'fortran_order': True",
      "'shape': (3,)",
      '(99999999999, 0)',
      '\x93NUMPY\x02\x00',
      'True',
      ', ',
    ],
  },
  npz: {
    files: /\.npz$/,
    tokens: ['PK\x01\x02', 'PK\x03\x04', 'PK\x05\x06', 'lengths.npy', 'x.npy', 'y.npy', '../x.npy', '(2, 3)', "'<i8'"],
  },
  ts: {
    files: /\.ts\.txt$/,
    tokens: [
      '@data\n',
      '@classLabel true a b\n',
      '@targetLabel true\n',
      '@timestamps true\n',
      '@univariate false\n',
      ':',
      ',',
      '?',
      '#',
      '(0,1)',
    ],
  },
}

const OF_SEQUENCES = Object.entries(FORMATS).map(([format, { files, tokens }]): [string, FuzzTarget] => [
  format,
  {
    seeds: () => listFixtures(files),
    tokens: [...COMMON, ...tokens],
    parse: async (input) => {
      const options = { format: format as keyof typeof FORMATS, maxUnpackedBytes: MOST_UNPACKED_BYTES }
      await readAll(ingest(cutChunks(input), options))
    },
    ...(format === 'npz' && { envelope: ZIP }),
    ...(format === 'parquet' && { envelope: FOOTED }),
  },
])

/** The formats of uploads. */
export const DATASET_TARGETS: Readonly<Record<string, FuzzTarget>> = Object.fromEntries(OF_SEQUENCES)

function listFixtures(files: RegExp): Uint8Array[] {
  return readdirSync(FIXTURES, { recursive: true, encoding: 'utf8' })
    .filter((name) => files.test(name))
    .toSorted()
    .map((name) => readFileSync(join(FIXTURES, name)))
    .filter(({ length }) => length <= LARGEST_SEED)
}

/** An upload in chunks, the size of which depends on its bytes, so that it is the same at each reading. */
async function* cutChunks(input: Uint8Array): AsyncGenerator<Uint8Array> {
  const size = 1 + ((input.length * 7 + (input.at(-1) ?? 0)) % 3 === 0 ? (input[0] ?? 0) : input.length)
  for (let at = 0; at < input.length; at += size) yield input.slice(at, at + size)
}

async function readAll(kept: AsyncGenerator<unknown, unknown>): Promise<void> {
  while ((await kept.next()).done !== true);
}

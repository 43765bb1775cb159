// Labels as text, and their matching. Separate from their schema, so that a client does not need a schema library.

import { shown } from '../../schema/shown.ts'

/** Pairs of a name and a value. */
export type Labels = Record<string, string>

/** Maximal number of labels of a worker or a job: a worker takes from a line for each subset of its labels. */
export const MAX_LABELS = 8

/** A name or a value. */
export const LABEL_WORD: string = String.raw`[A-Za-z0-9][A-Za-z0-9._/-]{0,62}`
const PAIR = new RegExp(`^(${LABEL_WORD})=(${LABEL_WORD})$`)

/** Labels in the form of `UNROLL_LABELS`, sorted by name: `pool=a100,site=oslo`. Equal labels have the same text. */
export function labelsText(labels: Labels): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .toSorted()
    .join(',')
}

/**
 * The labels of a text such as `pool=a100,site=oslo`.
 *
 * @throws {RangeError} whose message continues the name of the setting: "must be …: current value is …"
 */
export function parseLabels(text: string): Labels {
  const pairs = text.split(',').map((pair) => pair.trim())
  const labels = new Map<string, string>()
  for (const pair of pairs.filter((each) => each !== '')) {
    const [, name, value = ''] = PAIR.exec(pair) ?? []
    if (name === undefined)
      throw mistake('pairs such as pool=a100,site=oslo, each side 1 to 63 of A-Z a-z 0-9 . _ / -', pair)
    if (labels.has(name)) throw mistake(`pairs of different names, and "${name}" is there twice`, text)
    labels.set(name, value)
  }
  if (labels.size > MAX_LABELS) throw mistake(`at most ${MAX_LABELS} pairs`, text)
  return Object.fromEntries(labels)
}

function mistake(wanted: string, value: string): RangeError {
  return new RangeError(`must be ${wanted}: current value is ${shown(value)}`)
}

/** Whether a worker with the labels `own` has all requested labels, `asked`. */
export function hasLabels(own: Labels, asked: Labels): boolean {
  return Object.entries(asked).every(([name, value]) => own[name] === value)
}

// What fields and columns are called where nobody says what they are.

/** The names that data sets have for what uploads call by several. */
const CANONICAL: Readonly<Record<string, string>> = {
  x: 'inputs',
  X: 'inputs',
  input: 'inputs',
  y: 'label',
  class: 'label',
}

const ID = /^(?:id|case|case_id|series|series_id|sequence|sequence_id|sample_id|unique_id)$/i
const TIME = /^(?:t|time|step|timestep|time_step|timestamp|date|datetime|ds|year)$/i
const OF_A_SEQUENCE = /^(?:label|labels|class|target|y|split)$/i
/** What pandas calls the index of rows, which it writes unless told not to. */
const ROW_INDEX = /^(?:|Unnamed: 0|__index_level_0__)$/

export function canonicalName(name: string): string {
  return Object.hasOwn(CANONICAL, name) ? (CANONICAL[name] as string) : name
}

export function isIdName(name: string): boolean {
  return ID.test(name)
}

export function isTimeName(name: string): boolean {
  return TIME.test(name)
}

/** Whether each sequence has one value of it. */
export function isSequenceName(name: string): boolean {
  return OF_A_SEQUENCE.test(name) || ID.test(name)
}

export function isRowIndex(name: string): boolean {
  return ROW_INDEX.test(name)
}

import type { TextUnit } from '../../text_unit.ts'
import type { Problem } from '../problem.ts'
import type { ProblemName } from '../sections/data.ts'

/** How a number of the data is read: z = (x - offset) / unit. */
export interface DecodedScale {
  offset: number
  unit: number
  /** Of the training part. */
  mean: number
}

/** A field of the data as a model knows it. */
export interface DecodedField {
  name: string
  type: 'number' | 'category' | 'identifier'
  /** Of numbers. */
  width?: number
  scales?: readonly DecodedScale[]
  /** Of classes or symbols, by their ids. */
  categories?: readonly string[]
}

/** What a model of sequences reads and answers. */
export interface SequencesDecoding {
  kind: 'sequences'
  problem: ProblemName
  inputs: Problem['inputs'] & {
    one_hot: boolean
    fields: readonly DecodedField[]
    missing: 'refuse' | 'mask' | 'impute'
    /** Names of the fields that have a further input, which says whether they were observed. */
    masked: readonly string[]
    /** Name of the field that says which steps count, where one does. */
    mask?: string
    /** The field that says from which state a sequence begins, where one does, and its numbers: those of `listStates`. */
    initial_state?: { name: string; width: number }
  }
  outputs: {
    readout: Problem['readout']['kind']
    size: number
    mode: Problem['mode']
    /** Numbers that are answered. */
    fields?: readonly DecodedField[]
    horizon?: number
    /** The field whose classes are answered. */
    field?: string
    classes?: readonly string[]
    quantiles?: readonly number[]
  }
}

/** What a model of a text reads and answers: symbols, by their places in the vocabulary. */
export interface TextDecoding {
  kind: 'text'
  problem: 'next_symbol'
  /** What a symbol is; a character where nothing is said. */
  unit?: TextUnit
  /** A byte is the character of its number. */
  vocabulary: readonly string[]
}

/** What is needed to use a model when its data set is gone. A checkpoint carries it as a text. */
export type Decoding = SequencesDecoding | TextDecoding

/** The name of that text among those of a checkpoint's file, and of an exported one. */
export const DECODING_TEXT = 'unroll.data'

export function encodeDecoding(decoding: Decoding): Readonly<Record<string, string>> {
  return { [DECODING_TEXT]: JSON.stringify(decoding) }
}

/** What a checkpoint says of its data, by its texts; undefined where it says nothing, as of a task. */
export function decodeDecoding(texts: Readonly<Record<string, string>>): Decoding | undefined {
  const json = texts[DECODING_TEXT]
  return json === undefined ? undefined : (JSON.parse(json) as Decoding)
}

import type { DatasetField } from '../../wire/dataset.ts'
import type { LossName, ProblemName, ReadoutName } from '../sections/data.ts'
import { hasCategories, hasNumbers } from './fields.ts'

/** What a kind of problem asks of its target and of the read-out. */
export interface Kind {
  /** What may be answered. */
  per: readonly DatasetField['per'][]
  reads: 'categories' | 'numbers' | 'labels'
  /** What may make answers of the outputs, the default first. */
  readouts: readonly ReadoutName[]
  /** Target in words. */
  wanted: string
}

/** Losses of what each read-out answers, the default first. */
export const LOSSES: Readonly<Record<ReadoutName, readonly LossName[]>> = {
  softmax: ['cross_entropy'],
  sigmoid: ['binary'],
  identity: ['mse', 'mae', 'huber', 'quantile'],
}

/** By the name of the problem. */
export const KINDS: Readonly<Record<ProblemName, Kind>> = {
  classification: {
    per: ['sequence'],
    reads: 'categories',
    readouts: ['softmax', 'sigmoid'],
    wanted: 'a field of 2 to 1000 categories for each sequence',
  },
  sequence_labels: {
    per: ['step'],
    reads: 'categories',
    readouts: ['softmax', 'sigmoid'],
    wanted: 'a field of 2 to 1000 texts, or 2 to 100 whole numbers, for each step',
  },
  multi_label: {
    per: ['sequence', 'step'],
    reads: 'labels',
    readouts: ['sigmoid'],
    wanted: 'a field of numbers from 0 to 1',
  },
  regression: {
    per: ['sequence', 'step'],
    reads: 'numbers',
    readouts: ['identity'],
    wanted: 'a field of numbers',
  },
  forecast: {
    per: ['step'],
    reads: 'numbers',
    readouts: ['identity'],
    wanted: 'a field of numbers for each step',
  },
  next_symbol: {
    per: ['step'],
    reads: 'categories',
    readouts: ['softmax'],
    wanted: 'a field of 2 to 1000 categories for each step',
  },
}

/** Whether a field can be read as it is to be. */
export const READS: Readonly<Record<Kind['reads'], (field: DatasetField) => boolean>> = {
  categories: (field) => hasCategories(field) && field.categories.length >= 2,
  numbers: hasNumbers,
  labels: (field) => hasNumbers(field) && (field.min ?? -1) >= 0 && (field.max ?? 2) <= 1,
}

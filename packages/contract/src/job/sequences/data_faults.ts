import type { Fault } from '../../schema/fault.ts'
import { shown } from '../../schema/shown.ts'
import type { DatasetField } from '../../wire/dataset.ts'
import type { DatasetReference, ProblemName } from '../sections/data.ts'
import { describeField, hasCategories, listNames, readsSymbols } from './fields.ts'
import { KINDS, LOSSES, READS } from './kinds.ts'

/** What a job asks of a data set. */
interface Asked {
  problem: ProblemName
  inputs: readonly DatasetField[]
  targets: readonly DatasetField[]
  /** Steps of the longest sequence. */
  longest: number
}

/** What is wrong with the `data` of a job, by itself and with the fields that it names. */
export function dataFaults(data: DatasetReference, { problem, inputs, targets, longest }: Asked): Fault[] {
  return [
    ...targetFaults(data, problem, inputs, targets),
    ...inputFaults(data, problem, inputs),
    ...optionFaults(data, problem, longest),
  ]
}

function targetFaults(
  data: DatasetReference,
  problem: ProblemName,
  inputs: readonly DatasetField[],
  targets: readonly DatasetField[],
): Fault[] {
  const { per, reads, wanted } = KINDS[problem]
  const what = `${wanted}, to learn problem "${problem}"`
  if (targets.length === 0) return [{ pointer: '/data/target', detail: `Is required: must be ${what}` }]
  if (problem === 'next_symbol' && !readsSymbols({ inputs })) {
    const detail = `Must be ${what}: current value is ${listNames(inputs)}`
    return [{ pointer: '/data/inputs', detail, value: data.inputs }]
  }
  if (problem === 'next_symbol' && data.target !== undefined && data.target !== inputs[0]?.name) {
    const detail = 'Must be left out of problem "next_symbol", which answers the next of its inputs'
    return [{ pointer: '/data/target', detail, value: data.target }]
  }
  return targets.flatMap((target): Fault[] => {
    const isSeen = inputs.includes(target) && problem !== 'forecast' && problem !== 'next_symbol'
    if (per.includes(target.per) && READS[reads](target) && !isSeen) return []
    const pointer = data.target === undefined && data.problem !== undefined ? '/data/problem' : '/data/target'
    const detail = isSeen
      ? `Must be no field that is read: current value is ${shown(target.name)}, which is among the inputs`
      : `Must be ${what}: field ${shown(target.name)} is ${describeField(target)}`
    return [{ pointer, detail, value: pointer === '/data/problem' ? problem : target.name }]
  })
}

function inputFaults(
  { missing = 'refuse' }: DatasetReference,
  problem: ProblemName,
  inputs: readonly DatasetField[],
): Fault[] {
  const faults: Fault[] = []
  const gaps = inputs.filter((field) => field.missing > 0)
  if (missing === 'refuse' && gaps.length > 0) {
    const counts = gaps.map((field) => `${field.missing} of ${shown(field.name)}`).join(', ')
    const detail = `Must be "mask" or "impute" as values are missing: ${counts}; current value is "refuse"`
    faults.push({ pointer: '/data/missing', detail, value: missing })
  }
  if (missing !== 'refuse' && problem === 'next_symbol' && gaps.length > 0) {
    const detail = `Must be "refuse" of problem "next_symbol", whose inputs are its targets: current value is "${missing}"`
    faults.push({ pointer: '/data/missing', detail, value: missing })
  }
  for (const field of inputs) {
    if (field.type !== 'category' || hasCategories(field)) continue
    const detail = `Must be fields of numbers, or of at most ${field.categories.length} categories: ${shown(field.name)} has ${field.distinct}`
    faults.push({ pointer: '/data/inputs', detail, value: field.name })
  }
  return faults
}

/** Options of other problems than the one that is learned. */
function optionFaults(data: DatasetReference, problem: ProblemName, longest: number): Fault[] {
  const faults: Fault[] = []
  const tell = (field: keyof DatasetReference, detail: string) =>
    faults.push({ pointer: `/data/${field}`, detail, value: data[field] })
  for (const field of ['horizon', 'season'] as const)
    if (data[field] !== undefined && problem !== 'forecast')
      tell(field, `Must be left out of problem "${problem}", as it is of a forecast`)
  const { readouts, reads } = KINDS[problem]
  const { readout = readouts[0]! } = data
  if (!readouts.includes(readout))
    tell(
      'readout',
      `Must be ${readouts.map((name) => `"${name}"`).join(' or ')} for problem "${problem}": current value is "${readout}"`,
    )
  const losses = LOSSES[readout]
  if (data.loss !== undefined && !losses.includes(data.loss))
    tell(
      'loss',
      `Must be ${losses.map((name) => `"${name}"`).join(', ')} for problem "${problem}"${data.readout ? ` with readout "${readout}"` : ''}: current value is "${data.loss}"`,
    )
  for (const [field, loss] of [
    ['huber_delta', 'huber'],
    ['quantiles', 'quantile'],
  ] as const)
    if (data[field] !== undefined && data.loss !== loss) tell(field, `Must be left out unless loss is "${loss}"`)
  if (data.class_weights === 'balanced' && (reads !== 'categories' || problem === 'next_symbol'))
    tell('class_weights', `Must be "none" of problem "${problem}", which has no classes`)
  else if (data.class_weights === 'balanced' && readout === 'sigmoid')
    tell('class_weights', 'Must be "none" with readout "sigmoid", of which each class is held against all others')
  if (data.quantiles !== undefined && !isAscending(data.quantiles))
    tell('quantiles', `Must ascend: current value is ${data.quantiles.join(', ')}`)
  const buckets = data.bucket_lengths
  if (buckets !== undefined && (!isAscending(buckets) || (buckets.at(-1) ?? 0) < longest))
    tell(
      'bucket_lengths',
      `Must ascend to at least ${longest}, the steps of the longest sequence: current value is ${buckets.join(', ')}`,
    )
  return faults
}

function isAscending(values: readonly number[]): boolean {
  return values.every((value, index) => index === 0 || value > (values[index - 1] ?? 0))
}

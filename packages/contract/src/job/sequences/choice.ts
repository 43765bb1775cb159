import type { Fault } from '../../schema/fault.ts'
import { shown } from '../../schema/shown.ts'
import type { DatasetField } from '../../wire/dataset.ts'
import type { DatasetReference, ProblemName } from '../sections/data.ts'
import {
  defaultInputs,
  defaultMask,
  defaultTarget,
  describeField,
  hasNumbers,
  namesClasses,
  listNames,
  saysState,
  saysSteps,
  type SequencesShape,
} from './fields.ts'
import { READS } from './kinds.ts'

/** The fields that a job reads, and the one that it answers where it is not of those; or why there are none such. */
export function chooseFields(
  data: DatasetReference,
  fields: readonly DatasetField[],
): { inputs: readonly DatasetField[]; target: DatasetField | undefined } | { faults: Fault[] } {
  const byName = (name: string) => fields.find((field) => field.name === name)
  const faults: Fault[] = []
  const wantsTarget = data.problem !== 'next_symbol' && data.problem !== 'forecast'
  const target = data.target === undefined ? (wantsTarget ? defaultTarget(fields) : undefined) : byName(data.target)
  if (data.target !== undefined && target === undefined)
    faults.push({
      pointer: '/data/target',
      detail: `Must be a field of the data set, which has ${listNames(fields)}: current value is ${shown(data.target)}`,
      value: data.target,
    })
  const steps = fields.filter(({ per, type }) => per === 'step' && type !== 'identifier')
  if (data.inputs === undefined) {
    const inputs = defaultInputs(fields, data.problem === 'forecast' ? undefined : target)
    if (inputs.length > 0) return faults.length > 0 ? { faults } : { inputs, target }
    const detail = `Is required: must name what is read at each step, of the fields ${listNames(steps)}`
    return { faults: [...faults, { pointer: '/data/inputs', detail }] }
  }
  const asked = typeof data.inputs === 'string' ? [data.inputs] : data.inputs
  for (const [index, name] of asked.entries()) {
    const field = byName(name)
    const isRead = field?.per === 'step' && field.type !== 'identifier'
    if (isRead && asked.indexOf(name) === index) continue
    const pointer = typeof data.inputs === 'string' ? '/data/inputs' : `/data/inputs/${index}`
    const other = field?.per === 'step' ? ', which names things' : ', which is one for each sequence'
    const why = isRead ? ' a second time' : field === undefined ? '' : other
    const detail = `Must be a field for each step, of which there are ${listNames(steps)}: current value is ${shown(name)}${why}`
    faults.push({ pointer, detail, value: name })
  }
  if (faults.length > 0) return { faults }
  return { inputs: asked.map((name) => byName(name)!), target }
}

/** The field that says which steps count, if one does; or why the one that is named does not. */
export function chooseMask(
  data: DatasetReference,
  fields: readonly DatasetField[],
): { mask: DatasetField | undefined } | { faults: Fault[] } {
  if (data.mask === undefined) return { mask: defaultMask(fields, data) }
  const found = pickField(fields, { pointer: '/data/mask', name: data.mask }, saysSteps, 'of 0 and 1 for each step')
  return 'faults' in found ? found : { mask: found.field }
}

/** The field that says from which state sequences begin, if one is named; or why it does not. */
export function chooseInitialState(
  { initial_state: name }: DatasetReference,
  fields: readonly DatasetField[],
): { initialState: DatasetField | undefined } | { faults: Fault[] } {
  if (name === undefined) return { initialState: undefined }
  const pointer = '/data/initial_state'
  const found = pickField(fields, { pointer, name }, saysState, 'of numbers for each sequence')
  return 'faults' in found ? found : { initialState: found.field }
}

/** The field that a job names for something, or why it cannot be that. */
function pickField(
  fields: readonly DatasetField[],
  { pointer, name }: { pointer: string; name: string },
  suits: (field: DatasetField) => boolean,
  wanted: string,
): { field: DatasetField } | { faults: Fault[] } {
  const field = fields.find((each) => each.name === name)
  if (field !== undefined && suits(field)) return { field }
  const found =
    field === undefined ? `the data set has ${listNames(fields)}` : `${shown(name)} is ${describeField(field)}`
  const detail = `Must be a field ${wanted}, none of them missing: ${found}`
  return { faults: [{ pointer, detail, value: name }] }
}

/** What is learned where a job does not say. */
export function chooseProblem(
  inputs: readonly DatasetField[],
  target: DatasetField | undefined,
  shape: SequencesShape,
): ProblemName {
  const [first] = inputs
  if (target === undefined) return inputs.length === 1 && first?.type === 'category' ? 'next_symbol' : 'forecast'
  const isOfNumbers = target.name === 'target' || (target.name === 'targets' && target.per === 'step')
  if (target.type === 'category' || (!isOfNumbers && namesClasses(target, shape)))
    return target.per === 'sequence' ? 'classification' : 'sequence_labels'
  return target.width > 1 && READS.labels(target) ? 'multi_label' : 'regression'
}

/** The fields that are answered. */
export function chooseTargets(
  data: DatasetReference,
  problem: ProblemName,
  inputs: readonly DatasetField[],
  target: DatasetField | undefined,
): readonly DatasetField[] {
  if (problem === 'forecast')
    return data.target === undefined || target === undefined ? inputs.filter(hasNumbers) : [target]
  if (problem === 'next_symbol') return inputs.slice(0, 1)
  return target === undefined ? [] : [target]
}

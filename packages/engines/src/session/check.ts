import {
  flattenLayers,
  listLayerShapes,
  targetSteps,
  type Batch,
  type HostTensor,
  type Network,
  type RowBatch,
  type Window,
} from '@unroll/bptt'
import { isMasked, stepMask } from './step_mask.ts'

/** Errors: RangeError when a batch or window does not fit the network; TypeError for the wrong kind of array. */
export function checkBatch(network: Network, batch: Batch, window: Pick<Window, 'lossSteps' | 'advance'>): void {
  const { batchSize: N, mode, readout } = network
  const { steps } = batch
  checkInputs(network, batch)
  checkSteps('lossSteps', window.lossSteps, 1, steps)
  checkSteps('advance', window.advance, 0, steps)
  if (network.bidirectional && ![1, steps].includes(window.lossSteps)) checkTruncates(network)
  if (batch.states !== undefined) checkGivenStates(network, batch.states)
  checkNumbers('targets', batch.targets, {
    count: (mode === 'many_to_one' ? 1 : steps) * N * (readout.kind === 'softmax' ? 1 : readout.size),
    ids: readout.kind === 'softmax' ? { least: -1, size: readout.size } : undefined,
  })
}

/** Errors: RangeError for a network whose windows must be whole sequences. */
export function checkTruncates({ bidirectional }: Pick<Network, 'bidirectional'>): void {
  if (bidirectional) {
    throw new RangeError(
      'Cannot truncate a sequence as a bidirectional layer begins at its end: a window must be all of it',
    )
  }
}

/** Errors: RangeError for no number of sources. */
export function checkSources(most: number): void {
  checkSteps('the number of sources', most, 1, Number.MAX_SAFE_INTEGER)
}

/** Errors: RangeError for a number of directions that is none. */
export function checkDirections(most: number): void {
  checkSteps('the number of exponents', most, 1, Number.MAX_SAFE_INTEGER)
}

/** Errors: RangeError when rows do not fit the network; TypeError for the wrong kind of array. */
export function checkRows(network: Network, rows: RowBatch): void {
  checkInputs(network, rows)
  checkStates(network, rows.states)
}

function checkGivenStates(network: Network, states: NonNullable<Batch['states']>): void {
  if (network.learnedStates.length > 0)
    throw new RangeError('Cannot begin with the states of a batch as the network learns its initial state')
  checkStates(network, states)
}

function checkStates(network: Network, states: NonNullable<Batch['states']>): void {
  for (const [name, [N = 0, H = 0]] of Object.entries(flattenLayers(listLayerShapes(network)))) {
    const count = states[name]?.length ?? 0
    if (count !== N * H)
      throw new RangeError(`Cannot run a batch as state ${name} must have ${N * H} numbers: current value is ${count}`)
  }
}

function checkInputs(
  { inputs, batchSize: N }: Network,
  { steps, lengths, mask, ...given }: Pick<Batch, 'steps' | 'inputs' | 'lengths' | 'mask'>,
): void {
  checkSteps('steps', steps, 1, Number.MAX_SAFE_INTEGER)
  checkNumbers('inputs', given.inputs, {
    count: steps * N * (inputs.kind === 'symbols' ? 1 : inputs.size),
    ids: inputs.kind === 'symbols' ? { least: 0, size: inputs.size } : undefined,
  })
  if (mask !== undefined && mask.length !== steps * N) {
    throw new RangeError(`Cannot run a batch as mask must have ${steps * N} numbers: current value is ${mask.length}`)
  }
  if (lengths === undefined) return
  if (lengths.length !== N) {
    throw new RangeError(`Cannot run a batch as lengths must have ${N} numbers: current value is ${lengths.length}`)
  }
  for (const length of lengths) checkSteps('a length', length, 0, steps)
}

/** The targets of the steps that have a loss: the newest rows, none at a step that a row does not take. */
export function windowTargets(network: Network, batch: Batch, lossSteps: number): Batch['targets'] {
  const { batchSize: N, readout } = network
  const width = readout.kind === 'softmax' ? 1 : readout.size
  const count = targetSteps(network, lossSteps) * N * width
  const { steps } = batch
  const targets = batch.targets.subarray(batch.targets.length - count)
  if (!isMasked(batch) || network.mode === 'many_to_one') return targets
  const taken = stepMask(batch).subarray((steps - lossSteps) * N)
  const none = readout.kind === 'softmax' ? -1 : NaN
  return targets.map((target, i) => (taken[Math.floor(i / width)] === 1 ? target : none))
}

/** Errors: RangeError when a tensor of a state is absent, unknown or misshapen. */
export function checkState(
  shapes: Readonly<Record<string, readonly number[]>>,
  tensors: Readonly<Record<string, HostTensor>>,
): void {
  for (const [name, shape] of Object.entries(shapes)) {
    const given = tensors[name]?.shape
    if (given?.join() !== shape.join()) {
      throw new RangeError(
        `Cannot open the state as "${name}" must have shape [${shape}]: current value is ${given ? `[${given}]` : 'absent'}`,
      )
    }
  }
}

function checkSteps(what: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new RangeError(
      `Cannot run a batch as ${what} must be an integer from ${least} to ${most}: current value is ${value}`,
    )
  }
}

interface Wanted {
  readonly count: number
  /** Set when the numbers are ids below `size`. */
  readonly ids: { readonly least: number; readonly size: number } | undefined
}

function checkNumbers(what: string, values: Batch['inputs'], { count, ids }: Wanted): void {
  const kind = ids === undefined ? Float32Array : Int32Array
  if (!(values instanceof kind)) {
    throw new TypeError(`Cannot run a batch as ${what} must be a ${kind.name}: it is a ${values.constructor.name}`)
  }
  if (values.length !== count) {
    throw new RangeError(`Cannot run a batch as ${what} must have ${count} numbers: current value is ${values.length}`)
  }
  if (ids === undefined) return
  const outside = findOutside(values, ids)
  if (outside !== undefined) {
    throw new RangeError(
      `Cannot run a batch as ${what} must be ids from ${ids.least} to ${ids.size - 1}: current value is ${outside}`,
    )
  }
}

/** An index and no callback, which takes five times as long: each step checks all ids of its window. */
function findOutside(values: Batch['inputs'], { least, size }: NonNullable<Wanted['ids']>): number | undefined {
  for (let i = 0; i < values.length; i++) {
    const id = values[i]!
    if (id < least || id >= size) return id
  }
  return undefined
}

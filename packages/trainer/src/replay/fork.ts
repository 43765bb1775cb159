// A run goes on from a step of another, with something changed: up to that step it is the other run, bit for bit.

import { setImmediate as nextTurn } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { createNetwork, initialState, stateShapes, type Engine, type TrainingState } from '@unroll/bptt'
import type { JobSpec } from '@unroll/contract'
import type { Feed } from '@unroll/tasks'
import { NO_PROGRESS } from '../ending.ts'
import { describeProgram, trainStep } from '../train.ts'
import { START, complete, type RunPosition, type RunState } from '../run_state.ts'

/** A specification and its data. */
interface Specified {
  spec: JobSpec
  feed: Feed
}

export interface ForkOptions {
  /** The run that is gone on from. */
  parent: Specified
  /** Its state after some step, not after `step`. @default before the first step */
  from?: RunState | undefined
  /** The last step that is its. */
  step: number
  /** The run that goes on. */
  child: Specified
  /** What ends it between two steps; asked for each time. */
  signal: () => AbortSignal
}

const ignore = (): void => {}

/**
 * The state of a run after `step`, made ready for another specification; undefined where it was aborted on the way.
 *
 * @throws {RangeError} where the run does not get to `step`
 */
export async function forkRun(engine: Engine, options: ForkOptions): Promise<RunState | undefined> {
  const { parent, child } = options
  const reached = await reach(engine, options)
  if (reached === undefined) return undefined
  const { position, training } = reached
  return {
    position: carryPosition(position, parent.spec, child.spec),
    training: carryState(training, parent.spec, { ...child, engine }),
  }
}

/** The state of the other run after `step`. */
async function reach(engine: Engine, options: ForkOptions): Promise<RunState | undefined> {
  const { parent, from, step } = options
  const session = await engine.open(describeProgram(parent.spec, parent.feed, engine), from?.training)
  try {
    let position = from === undefined ? START : complete(from.position)
    const silent = { clock: () => 0, onRow: ignore, onEvent: ignore }
    while (position.step < step) {
      await nextTurn()
      if (options.signal().aborted) return undefined
      const next = await trainStep(session, { ...parent, options: silent }, position)
      if ('type' in next) throw new RangeError(`Cannot fork at step ${step}: ${next.message}`)
      position = next.position
    }
    return { position, training: await session.state() }
  } finally {
    session.dispose()
  }
}

/** What ended the other run does not end this one; another early stopping counts from here, another truncation begins here. */
function carryPosition(reached: RunPosition, before: JobSpec, after: JobSpec): RunPosition {
  const { reason: _, reach: chosen, ...position } = reached
  const stopping = [before, after].map(({ training }) => training.early_stopping)
  const isSameReach = chosen !== undefined && isDeepStrictEqual(before.bptt, after.bptt)
  return {
    ...position,
    ...(isSameReach && { reach: chosen }),
    progress: isDeepStrictEqual(stopping[0], stopping[1]) ? position.progress : NO_PROGRESS,
  }
}

/**
 * A state as another specification has it. What another optimizer or clipping policy remembered is left behind; an average
 * of the weights that was not kept before begins with the weights.
 */
function carryState(
  { tensors, updates }: TrainingState,
  before: JobSpec,
  { spec, feed, engine }: Specified & { engine: Engine },
): TrainingState {
  const program = describeProgram(spec, feed, engine)
  const network = createNetwork(program)
  const shapes = stateShapes(network, program)
  const isSameRule = before.optimizer.type === spec.optimizer.type
  const isSamePolicy = before.clipping.policy === spec.clipping.policy && !isReshaped(tensors, shapes, 'clipping.')
  const left = [...(isSameRule ? [] : ['moments.']), ...(isSamePolicy ? [] : ['clipping.'])]
  const carried = Object.entries(tensors).filter(
    ([name]) => name in shapes && !left.some((prefix) => name.startsWith(prefix)),
  )
  return {
    tensors: initialState(network, program, Object.fromEntries(carried)),
    updates: isSameRule ? updates : 0,
  }
}

/** Whether a tensor of a name has another shape than it is to have. */
function isReshaped(
  tensors: TrainingState['tensors'],
  shapes: Readonly<Record<string, readonly number[]>>,
  prefix: string,
): boolean {
  return Object.entries(tensors).some(
    ([name, { shape }]) => name.startsWith(prefix) && !isDeepStrictEqual([...shape], [...(shapes[name] ?? [])]),
  )
}

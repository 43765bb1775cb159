import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  Data,
  MOST_FAULTS,
  UnrollError,
  check,
  overlap,
  templateFaults,
  unmeasured,
  usesDataset,
  valueAt,
  withChanges,
  type ErrorCode,
  type Estimate,
  type Fault,
  type FindingCode,
  type InitFrom,
  type Objective,
  type SweepSpec,
} from '@unroll/contract'
import type { NewSweep } from '@unroll/store'
import { explainUnmeasuredOn, findVisibleDataset, type FindDataset } from '../jobs/admission.ts'
import { prepareJob } from '../jobs/creation.ts'
import { listUnheard, unheardFault } from '../jobs/listening.ts'
import type { Services } from '../types.ts'
import { openSource, type WeightsSource } from '../weights/source.ts'
import { planRungs } from './rungs.ts'
import { trialSpec } from './trial_spec.ts'
import { mergeChoices, expandTrials, type Choice } from './trials.ts'

/** The faults of a trial. */
interface Refusal {
  code: ErrorCode
  trial: number
  faults: readonly Fault[]
}

/** The parts of a sweep. */
interface Admitted extends Omit<NewSweep, 'traceparent' | 'limits'> {
  /** The cost of a job of each trial. */
  estimates: readonly Estimate[]
  /** Steps of training that all its jobs ask for. */
  steps: number
}

/**
 * Checks that every job of a sweep can run here.
 *
 * @param options.owner whose data sets and weights its jobs may use; undefined: everybody's
 * @param options.hasLeft whether the client has gone: the rest of the work is then useless
 */
export async function admitSweep(
  services: Pick<Services, 'store' | 'artifacts'>,
  spec: SweepSpec,
  { owner, hasLeft }: { owner: string | undefined; hasLeft: () => boolean },
): Promise<Admitted> {
  refuseTemplate(spec)
  const points = expandTrials(spec)
  const rungs = planRungs(spec.strategy, points.length, spec.repeats)
  const rung = rungs.at(-1) ?? { trials: 0, max_steps: null }
  let steps = rungs.reduce((sum, { trials, max_steps: most }) => sum + trials * (most ?? 0), 0)
  const find = once(findVisibleDataset(services.store, owner))
  const open = once((from: InitFrom) => openSource(services, from, { owner }))
  const datasets = new Set<string>()
  const estimates: Estimate[] = []
  const refusals: Refusal[] = []
  const told = new Set<string>()
  const { stop_on: stops = [] } = spec
  const unheard: Map<FindingCode, string>[] = []
  for (const [trial, point] of points.entries()) {
    await nextTurn() // each takes a millisecond, while other requests wait
    if (hasLeft()) throw new UnrollError('INVALID_REQUEST', 'Cannot answer as the client has closed its connection')
    if (told.size >= MOST_FAULTS) break
    const changes = mergeChoices(point)
    const checked = trialSpec(spec, changes, { trial, rung })
    const choices = rung.max_steps === null ? point : [...point, chooseMaxSteps(rung.max_steps)]
    const refused = (code: ErrorCode, faults: readonly Fault[]) => {
      refusals.push({ code, trial, faults })
      for (const fault of faults) told.add(identifyFault(fault))
    }
    const uncompared = await objectiveFault(withChanges(spec.template, changes), spec.objective, find)
    if (uncompared !== undefined) refused('INVALID_SPECIFICATION', [uncompared])
    if (!checked.ok) {
      refused('INVALID_SPECIFICATION', checked.faults.map(placed(choices)))
      continue
    }
    const { data, training } = checked.value
    unheard.push(listUnheard(checked.value, stops))
    if (rung.max_steps === null) steps += training.max_steps
    if (usesDataset(data)) datasets.add(data.dataset)
    const admitted = prepareJob(services, checked.value, { findDataset: find, open }).then(({ estimate }) =>
      estimates.push(estimate),
    )
    await admitted.catch((error: unknown) => {
      if (!(error instanceof UnrollError) || error.faults.length === 0) throw error
      refused(error.code, error.faults.map(placed(choices)))
    })
  }
  refuseTrials(refusals, points.length)
  refuseDeafStops(stops, unheard)
  return {
    spec: await pinSource(spec, open),
    trials: points.map(mergeChoices),
    datasets: [...datasets],
    estimates,
    steps,
  }
}

/** @throws {UnrollError} of the first refusal, with the faults of all; nothing without one */
function refuseTrials(refusals: readonly Refusal[], trials: number): void {
  const [first] = refusals
  if (first === undefined) return
  throw new UnrollError(first.code, `Cannot accept the sweep as trials are at fault, such as trial ${first.trial}`, {
    faults: merged(refusals, trials),
  })
}

/** @throws {UnrollError} INVALID_SPECIFICATION, where a finding is looked for in no trial */
function refuseDeafStops(stops: readonly FindingCode[], unheard: readonly ReadonlyMap<FindingCode, string>[]): void {
  const faults = stops.flatMap((code, at) => {
    const [why] = unheard.flatMap((each) => each.get(code) ?? [])
    return why !== undefined && unheard.every((each) => each.has(code)) ? [unheardFault(at, code, why)] : []
  })
  if (faults.length > 0)
    throw new UnrollError('INVALID_SPECIFICATION', 'Cannot accept the sweep as no trial would stop', { faults })
}

/** @throws {UnrollError} INVALID_SPECIFICATION, where the template alone has as many faults as are told */
function refuseTemplate(spec: SweepSpec): void {
  const always = templateFaults(spec, [])
  if (always.length >= MOST_FAULTS)
    throw new UnrollError('INVALID_SPECIFICATION', 'Cannot accept the sweep as its template is at fault', {
      faults: always,
    })
}

/** A sweep whose template says which checkpoint its jobs start from, so that all start from the same. */
async function pinSource(spec: SweepSpec, open: (from: InitFrom) => Promise<WeightsSource>): Promise<SweepSpec> {
  const { init_from: from } = spec.template as { init_from?: InitFrom | null }
  const isVaried = Object.keys(spec.space).some((key) => key.startsWith('init_from'))
  if (!from || isVaried) return spec
  return { ...spec, template: { ...spec.template, init_from: (await open(from)).pinned } }
}

/** The choice that successive halving makes. */
function chooseMaxSteps(value: number): Choice {
  return { field: '/training/max_steps', value, source: '/strategy/min_steps' }
}

/** Each thing is looked up once. */
function once<Named, Found>(find: (named: Named) => Promise<Found>): (named: Named) => Promise<Found> {
  const known = new Map<string, Promise<Found>>()
  return (named) => {
    const key = JSON.stringify(named)
    const found = known.get(key) ?? find(named)
    known.set(key, found)
    return found
  }
}

/** A fault of a job as a fault of its sweep. */
function placed(choices: readonly Choice[]): (fault: Fault) => Fault {
  return ({ pointer, ...fault }) => {
    const choice = choices.find(({ field }) => overlap(pointer, field))
    if (choice === undefined) return { pointer: `/template${pointer}`, ...fault }
    return { pointer: `${choice.source}${pointer.slice(choice.field.length)}`, ...fault }
  }
}

function identifyFault({ pointer, detail }: Fault): string {
  return `${pointer} ${detail}`
}

/** Each fault once; a fault of the template that only some trials have names the first of them. */
function merged(refusals: readonly Refusal[], trials: number): Fault[] {
  const found = new Map<string, { fault: Fault; trials: number[] }>()
  for (const { trial, faults } of refusals)
    for (const fault of faults) {
      const key = identifyFault(fault)
      found.set(key, { fault, trials: [...(found.get(key)?.trials ?? []), trial] })
    }
  return [...found.values()].map(({ fault, trials: [first, ...others] }) =>
    fault.pointer.startsWith('/space') || others.length + 1 === trials
      ? fault
      : { ...fault, detail: `${fault.detail} (in trial ${first})` },
  )
}

/** The part of an objective that a job will not measure on its data, as far as these are known. */
async function objectiveFault(job: unknown, { metric }: Objective, find: FindDataset): Promise<Fault | undefined> {
  const data = check(Data, valueAt(job, '/data'))
  const wanted = data.ok
    ? (unmeasured(data.value, metric) ?? (await unmeasuredOnIts(data.value, metric, find)))
    : undefined
  if (wanted === undefined) return undefined
  const detail = `Must be ${wanted}: current value is "${metric}"`
  return { pointer: '/objective/metric', detail, value: metric }
}

/** The same, as its data set tells; one that is missing is a fault of the job itself. */
async function unmeasuredOnIts(data: Data, metric: string, find: FindDataset): Promise<string | undefined> {
  if (!usesDataset(data)) return undefined
  const dataset = await find(data.dataset).catch(() => undefined)
  return dataset && explainUnmeasuredOn(data, dataset, metric)
}

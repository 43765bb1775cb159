// What a card says, as it is found.

import { readTexts } from '@unroll/artifacts'
import {
  decodeDecoding,
  gradientWindow,
  listLayerNames,
  modelDecoding,
  unless,
  usesDataset,
  type Checkpoint,
  type Dataset,
  type Decoding,
  type Evaluation,
  type Finding,
  type Job,
  type Probe,
} from '@unroll/contract'
import { EPSILON } from '@unroll/diagnosis'
import { FlowTile, flowOverview, summary, type SeriesSummary } from '@unroll/history'
import { proposing } from '../../jobs/proposals.ts'
import { answerProbe } from '../../metrics/probe.ts'
import type { Services } from '../../types.ts'
import type { LayerFlowTile } from './flow_picture.ts'

/** Cells of the picture of a layer, at most. */
const [MOST_STEPS, MOST_TIMESTEPS] = [96, 32]

export interface CardFacts {
  readonly job: Job
  readonly checkpoint: Checkpoint
  /** What the network reads and answers; undefined where an earlier version wrote the checkpoint. */
  readonly decoding: Decoding | undefined
  /** Undefined of a task, and where it was deleted. */
  readonly dataset: Dataset | undefined
  /** Of this checkpoint on data sets, on request. */
  readonly evaluations: readonly Evaluation[]
  readonly findings: readonly Finding[]
  /** The newest up to the checkpoint. */
  readonly probe: Probe
  /** Of all steps of the run; undefined before the first. */
  readonly gradNorm: SeriesSummary | undefined
  /** Up to the checkpoint. */
  readonly flow: readonly LayerFlowTile[]
}

type Needed = Pick<Services, 'store' | 'artifacts' | 'segments'>

/** @throws {CheckpointCorruptError | ArtifactReadError} where the checkpoint cannot be read */
export async function readCardFacts(services: Needed, job: Job, checkpoint: Checkpoint): Promise<CardFacts> {
  const { store, artifacts, segments } = services
  const { data } = job.spec
  const [texts, dataset, evaluations, found, probe, { series }, flow] = await Promise.all([
    readTexts(artifacts, checkpoint),
    usesDataset(data) ? unless('DATASET_NOT_FOUND', store.datasets.get(data.dataset)) : undefined,
    store.evaluations.list(job.id),
    store.findings.list(job.id),
    answerProbe(store.metrics, job, { step: checkpoint.step, epsilon: EPSILON }),
    summary(store.metrics, segments, job.id, (name) => name === 'grad_norm'),
    readFlow(services, job, checkpoint.step),
  ])
  return {
    job,
    checkpoint,
    decoding: modelDecoding(job.spec, decodeDecoding(texts)),
    dataset,
    evaluations: evaluations.filter((each) => each.checkpoint === checkpoint.id && each.status === 'succeeded'),
    findings: proposing(job, found),
    probe,
    gradNorm: series.get('grad_norm'),
    flow,
  }
}

/** The flow of every layer up to a step, small enough for a picture. */
export async function readFlow(
  { store, segments }: Pick<Needed, 'store' | 'segments'>,
  { id, spec }: Job,
  toStep: number,
): Promise<LayerFlowTile[]> {
  const window = gradientWindow(spec)
  return await Promise.all(
    listLayerNames(spec.model).map(async (name, layer) => {
      const most = { maxSteps: MOST_STEPS, maxTimesteps: MOST_TIMESTEPS }
      const { tile } = await flowOverview(store.metrics, segments, id, { layer, window, toStep, ...most })
      if (tile !== undefined) return { name, tile }
      const rows = new FlowTile(1, { width: 1, first: 0, count: window }) // so few that nothing was reduced
      const { blocks } = await store.metrics.readFlow(id, { toStep, limit: MOST_STEPS })
      for (const { steps, flow } of blocks)
        for (const [at, step] of steps.entries())
          if (flow[at]?.[layer] !== undefined) rows.add(step, flow[at][layer], window)
      return { name, tile: rows }
    }),
  )
}

import type { Artifacts } from '@unroll/artifacts'
import { WAITING_BYTES, type Archived, type BlockOf, type Metrics, type RowKind, type Waiting } from '@unroll/store'
import type { FlowPyramid } from '../pyramids/flow_pyramid.ts'
import type { Pyramid } from '../pyramids/pyramid.ts'
import { PyramidKeeper } from '../pyramids/pyramid_keeper.ts'
import { addBlock, currentFlowPyramid, currentPyramid } from '../pyramids/pyramid_state.ts'
import { metricsFolder, storeSegment } from './segment_file.ts'
import { Segments } from './segments.ts'

/** Share of the bound that a segment takes; the rest is the newest rows, which pollers read. */
const TAKEN = 0.75
/** Largest share that must be archived. */
const LEFT = 0.5

/**
 * Moves a run's oldest rows from Redis into segments, for the attempt that holds the run. A segment is stored first;
 * then Redis records it and deletes its rows in one transaction: at any interruption each row is in one place, and an
 * unreferenced segment is deleted with the job.
 */
export class Archiver {
  readonly #metrics: Metrics
  readonly #artifacts: Artifacts
  readonly #jobId: string
  readonly #epoch: number
  readonly #pyramids: {
    readonly scalars: PyramidKeeper<Pyramid, BlockOf['scalars']>
    readonly flow: PyramidKeeper<FlowPyramid, BlockOf['flow']>
  }

  /** @param run.window time steps of a full window */
  constructor(
    metrics: Metrics,
    artifacts: Artifacts,
    { jobId, epoch, window }: { jobId: string; epoch: number; window: number },
  ) {
    this.#metrics = metrics
    this.#artifacts = artifacts
    this.#jobId = jobId
    this.#epoch = epoch
    const segments = new Segments(artifacts)
    const folder = metricsFolder(jobId)
    this.#pyramids = {
      scalars: new PyramidKeeper(artifacts, epoch, {
        folder: `${folder}/pyramids`,
        every: 8,
        current: (line) => currentPyramid(segments, line),
        add: addBlock,
      }),
      flow: new PyramidKeeper(artifacts, epoch, {
        folder: `${folder}/flow_pyramids`,
        every: 16, // because it has more bytes
        current: (line) => currentFlowPyramid(segments, line, window),
        add: (pyramid, block) => pyramid.add(block),
      }),
    }
  }

  /**
   * Makes room for new rows: archives until at most half of the bound is used, and at least one segment.
   *
   * @throws {ArtifactWriteError} when a segment cannot be stored
   * @throws {UnrollError} STORE_UNAVAILABLE
   */
  async archive(): Promise<'archived' | 'fenced'> {
    try {
      let answer = await this.#archiveDownTo(LEFT)
      if (answer === 'nothing') answer = await this.#archiveDownTo(0)
      return answer === 'fenced' ? 'fenced' : 'archived'
    } catch (error) {
      for (const keeper of Object.values(this.#pyramids)) keeper.forget()
      throw error
    }
  }

  async #archiveDownTo(share: number): Promise<'archived' | 'nothing' | 'fenced'> {
    let done: 'archived' | 'nothing' = 'nothing'
    for (const kind of ['scalars', 'flow'] as const) {
      const answer = await this.#archiveKind(kind, WAITING_BYTES[kind] * share)
      if (answer === 'fenced') return 'fenced'
      if (answer === 'archived') done = 'archived'
    }
    return done
  }

  async #archiveKind(kind: RowKind, bytes: number): Promise<'archived' | 'nothing' | 'fenced'> {
    for (let done: 'archived' | 'nothing' = 'nothing'; ; done = 'archived') {
      const waiting = await this.#metrics.waiting(this.#jobId, kind, WAITING_BYTES[kind] * TAKEN)
      if (waiting === undefined || waiting.bytes + waiting.bytesLeft <= bytes) return done
      const answer = await this.#store(kind, waiting)
      if (answer === 'fenced') return 'fenced'
      if (answer === 'gap') throw new Error(`Cannot archive ${kind} as the store has forgotten some of them`)
    }
  }

  async #store<Kind extends RowKind>(
    kind: Kind,
    waiting: Waiting<BlockOf[Kind]>,
  ): Promise<'archived' | 'fenced' | 'gap'> {
    const { head, block } = waiting
    const run = { jobId: this.#jobId, epoch: this.#epoch }
    const segment = await storeSegment(this.#artifacts, run, kind, waiting)
    const keeper = this.#pyramids[kind] as PyramidKeeper<Pyramid, BlockOf[Kind]>
    const pyramid = await keeper.grow(block, await this.#metrics.line(this.#jobId, kind))
    const archived: Archived = { kind, head, segment, ...(pyramid && { pyramid }) }
    const answer = await this.#metrics.archive(this.#jobId, this.#epoch, archived)
    if (answer !== 'archived') keeper.forget()
    return answer
  }
}

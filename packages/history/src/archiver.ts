import type { Artifacts } from '@unroll/artifacts'
import { formatCursor } from '@unroll/spec'
import {
  WAITING_BYTES,
  type Archived,
  type FrameHead,
  type Metrics,
  type PyramidReference,
  type RowKind,
  type RowOf,
  type Waiting,
} from '@unroll/store'
import { encodeFlowSegment, encodeScalarSegment } from './arrow.ts'
import { blockOf } from './block.ts'
import type { Pyramid } from './pyramid.ts'
import { addBlock, currentPyramid } from './pyramid_state.ts'
import { Segments } from './segments.ts'

/** A segment takes this share of what may wait; what stays is the live tail that pollers read. */
const TAKEN = 0.75
/** No more than this share needs to be archived. */
const LEFT = 0.5
/** Segments for each pyramid that is stored: readers add those after it by themselves. */
const SEGMENTS_PER_PYRAMID = 8

const ENCODE = { scalars: encodeScalarSegment, flow: encodeFlowSegment }

/**
 * Moves a run's oldest rows from Redis into segments, for the attempt that holds the run.
 *
 * A segment is stored first, then Redis is told, which forgets its rows in the same moment: whenever this is cut short,
 * each row is still in one place, and a segment that nobody refers to goes with the job.
 */
export class Archiver {
  readonly #metrics: Metrics
  readonly #artifacts: Artifacts
  readonly #jobId: string
  readonly #epoch: number
  readonly #segments: Segments
  /** Over every archived row; undefined until it is needed, and after a failure. */
  #pyramid: Pyramid | undefined
  #sincePyramid = 0
  /** Stored pyramids, oldest first: the one before the newest is kept, as somebody may be about to read it. */
  #stored: string[] = []

  constructor(metrics: Metrics, artifacts: Artifacts, { jobId, epoch }: { jobId: string; epoch: number }) {
    this.#metrics = metrics
    this.#artifacts = artifacts
    this.#jobId = jobId
    this.#epoch = epoch
    this.#segments = new Segments(artifacts)
  }

  /**
   * Makes room for rows to come: archives until at most half of what may wait does, and something in any case.
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
      this.#pyramid = undefined // it may have rows that are not archived
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
    { head, rows }: Waiting<RowOf[Kind]>,
  ): Promise<'archived' | 'fenced' | 'gap'> {
    const segment = `${this.#folder}/${kind}/${this.#epoch}-${placeOf(head)}.arrow`
    const encode = ENCODE[kind] as (all: typeof rows) => Uint8Array
    await this.#artifacts.put(segment, once(encode(rows)))
    const archived: Archived = { kind, head, segment }
    const pyramid = kind === 'scalars' ? await this.#grow(rows as Waiting<RowOf['scalars']>['rows']) : undefined
    return this.#metrics
      .archive(this.#jobId, this.#epoch, { ...archived, ...(pyramid && { pyramid }) })
      .then((answer) => {
        if (answer !== 'archived') this.#pyramid = undefined
        return answer
      })
  }

  /** Adds rows to the pyramid, and stores it where its time has come. */
  async #grow(rows: Waiting<RowOf['scalars']>['rows']): Promise<PyramidReference | undefined> {
    const line = await this.#metrics.line(this.#jobId, 'scalars')
    this.#pyramid ??= await currentPyramid(this.#segments, line)
    if (rows.length > 0) addBlock(this.#pyramid, blockOf(rows), line)
    this.#sincePyramid = (this.#sincePyramid + 1) % SEGMENTS_PER_PYRAMID
    if (this.#sincePyramid !== 0) return undefined
    const { end, step } = this.#pyramid
    const name = `${this.#folder}/pyramids/${this.#epoch}-${formatCursor(end)}`
    await this.#artifacts.put(name, once(this.#pyramid.encode()))
    this.#stored.push(name)
    const old = this.#stored.length > 2 ? this.#stored.shift() : undefined
    if (old !== undefined) await this.#artifacts.delete(old)
    return { ...end, step, name }
  }

  get #folder(): string {
    return `jobs/${this.#jobId}/metrics`
  }
}

function placeOf({ epoch, firstSeq, lastSeq }: FrameHead): string {
  return `${epoch}.${firstSeq}-${lastSeq}`
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

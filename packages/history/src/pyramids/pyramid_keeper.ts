import { once, type Artifacts } from '@unroll/artifacts'
import { formatCursor, type Cursor } from '@unroll/contract'
import type { PyramidReference, Timeline } from '@unroll/store'

/** Reduces rows as they are archived. */
interface Growing {
  end: Cursor
  step: number
  encode(): Uint8Array
}

export interface PyramidKind<Grown extends Growing, Block> {
  /** Its name in the artifact store. */
  folder: string
  /** Number of segments between two stored pyramids: readers add the segments after it by themselves. */
  every: number
  /** The pyramid over every row of a line that is in a segment. */
  current: (line: Timeline) => Promise<Grown>
  add: (pyramid: Grown, block: Block, line: Timeline) => void
}

/** Maintains the pyramid over all archived rows of one kind, and stores it at intervals. */
export class PyramidKeeper<Grown extends Growing, Block> {
  readonly #artifacts: Artifacts
  readonly #epoch: number
  readonly #kind: PyramidKind<Grown, Block>
  /** Undefined until it is needed, and after a failure. */
  #pyramid: Grown | undefined
  #since = 0
  /** Stored pyramids, oldest first: the one before the newest is kept, because a reader may need it. */
  #stored: string[] = []

  constructor(artifacts: Artifacts, epoch: number, kind: PyramidKind<Grown, Block>) {
    this.#artifacts = artifacts
    this.#epoch = epoch
    this.#kind = kind
  }

  /** It may contain rows that are not archived: it is built again. */
  forget(): void {
    this.#pyramid = undefined
  }

  /** Adds the rows of a segment, and stores the pyramid if it is due. */
  async grow(block: Block, line: Timeline): Promise<PyramidReference | undefined> {
    this.#pyramid ??= await this.#kind.current(line)
    this.#kind.add(this.#pyramid, block, line)
    this.#since = (this.#since + 1) % this.#kind.every
    if (this.#since !== 0) return undefined
    const { end, step } = this.#pyramid
    const name = `${this.#kind.folder}/${this.#epoch}-${formatCursor(end)}`
    await this.#artifacts.put(name, once(this.#pyramid.encode()))
    this.#stored.push(name)
    const old = this.#stored.length > 2 ? this.#stored.shift() : undefined
    if (old !== undefined) await this.#artifacts.delete(old)
    return { ...end, step, name }
  }
}

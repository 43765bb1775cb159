import { random } from '@unroll/random'

/** Which sequences share a batch, and how many steps it has. */
export interface BucketBatch {
  /** Places of the sequences, at most N. */
  readonly members: readonly number[]
  readonly steps: number
}

/**
 * Sequences in batches of about the same length. Each is in one batch of each epoch; what shares a batch, and in which order
 * batches come, is a function of the seed and the epoch.
 */
export class BucketedEpochs {
  /** Batches of an epoch. */
  readonly size: number
  readonly #lengths: readonly number[]
  readonly #buckets: readonly number[]
  readonly #N: number
  readonly #seed: number
  #epoch = -1
  #batches: readonly BucketBatch[] = []

  /**
   * @param lengths Steps of each sequence, none above the last bucket.
   * @param buckets Steps that batches are padded to, ascending.
   */
  constructor(lengths: readonly number[], buckets: readonly number[], N: number, seed: number) {
    this.#lengths = lengths
    this.#buckets = buckets
    this.#N = N
    this.#seed = seed
    this.size = Math.ceil(lengths.length / N)
  }

  /** The batch of a step of the run, from 0. */
  at(step: number): BucketBatch {
    const epoch = Math.floor(step / this.size)
    if (epoch !== this.#epoch) {
      this.#batches = this.#make(epoch)
      this.#epoch = epoch
    }
    return this.#batches[step % this.size]!
  }

  #make(epoch: number): readonly BucketBatch[] {
    const places = random(this.#seed, 'data.order', epoch).shuffled(this.#lengths.length)
    const order = random(this.#seed, 'data.batches', epoch).shuffled(this.size)
    const batches = inBuckets(places, this.#lengths, this.#buckets, this.#N)
    return order.map((index) => batches[index]!)
  }
}

/** Places in batches of N, each padded to the least bucket that holds it; what fills no batch goes on to the next bucket. */
export function inBuckets(
  places: readonly number[],
  lengths: readonly number[],
  buckets: readonly number[],
  N: number,
): readonly BucketBatch[] {
  const members = buckets.map((): number[] => [])
  for (const place of places) members[buckets.findIndex((steps) => lengths[place]! <= steps)]!.push(place)
  const batches: BucketBatch[] = []
  let waiting: number[] = []
  for (const [index, steps] of buckets.entries()) {
    const all = [...waiting, ...members[index]!]
    const full = all.length - (all.length % N)
    for (let first = 0; first < full; first += N) batches.push({ members: all.slice(first, first + N), steps })
    waiting = all.slice(full)
  }
  if (waiting.length > 0) batches.push({ members: waiting, steps: leastFor(waiting, lengths, buckets) })
  return batches
}

function leastFor(places: readonly number[], lengths: readonly number[], buckets: readonly number[]): number {
  const longest = Math.max(...places.map((place) => lengths[place]!))
  return buckets.find((steps) => steps >= longest) ?? longest
}

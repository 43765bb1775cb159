// The losses of a window as sources: what each of them sends back is a row of the matrix A[s,t] of docs/math/matrix.md.

/** Steps [start, end), 0-based, whose losses are one source. */
export interface Source {
  readonly start: number
  readonly end: number
}

/** The matrix of a layer, time steps in the order in which it takes them. */
export interface SourceMatrix<Numbers = Float32Array> {
  /** S: the first time step of each source, from 1; it goes on to the next, the last to T. */
  readonly sources: Float32Array
  /** log₁₀ A[s,t], [S,T]; -Infinity is an exact zero. */
  readonly matrix: Numbers
}

/**
 * All T steps as sources, the oldest first. The last step is one by itself, so that its row is the probe flow; those before it
 * that have a loss are divided evenly. Steps before them, without a loss, belong to the first.
 *
 * @param answered how many of the newest steps have a loss
 * @param most sources; as many as there are losses at most
 */
export function listSources(T: number, answered: number, most: number): readonly Source[] {
  const S = Math.min(most, answered)
  if (S === 1) return [{ start: 0, end: T }]
  const ends = Array.from({ length: S - 1 }, (_, s) => T - answered + Math.ceil(((s + 1) * (answered - 1)) / (S - 1)))
  return [...ends, T].map((end, s) => ({ start: s === 0 ? 0 : ends[s - 1]!, end }))
}

/** Steps that several sources go back through together. */
export interface Reach extends Source {
  /** How many: the newest of all. */
  readonly active: number
}

/**
 * The steps of a window, the newest first, with the sources that reach them: where all layers read forward, a source reaches its
 * own steps and those before them; in both directions it reaches all.
 */
export function listReaches(sources: readonly Source[], isBidirectional: boolean): readonly Reach[] {
  const S = sources.length
  if (isBidirectional) return [{ start: 0, end: sources.at(-1)!.end, active: S }]
  return sources.map((source, s) => ({ ...source, active: S - s })).toReversed()
}

/**
 * The matrix of a layer, from the norms of one reach after the other, [steps, active] each, of which the first column is the newest
 * source.
 *
 * @param isBackward whether the layer reads backward
 */
export function placeMatrix<Numbers extends Float32Array | Float64Array>(
  norms: Numbers,
  { sources, answered, isBidirectional }: SourcePlan,
  isBackward: boolean,
): SourceMatrix<Numbers> {
  const S = sources.length
  const T = sources.at(-1)!.end
  const Numbers = norms.constructor as new (length: number) => Numbers
  const matrix = new Numbers(S * T)
  matrix.fill(-Infinity)
  let next = 0
  for (const { start, end, active } of listReaches(sources, isBidirectional))
    for (let t = start; t < end; t++)
      for (let column = 0; column < active; column++) matrix[(S - 1 - column) * T + t] = norms[next++]!
  const first = Float32Array.from(sources, ({ start }) => Math.max(start, T - answered) + 1)
  if (!isBackward) return { sources: first, matrix }
  const turned = S === 1 ? first : Float32Array.from(sources, ({ end }) => T + 1 - end).toReversed()
  return { sources: turned, matrix: matrix.toReversed() as Numbers }
}

/** How the losses of a window are divided. */
export interface SourcePlan {
  readonly sources: readonly Source[]
  /** How many of the newest steps have a loss. */
  readonly answered: number
  readonly isBidirectional: boolean
}

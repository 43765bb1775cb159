import { ArtifactNotFoundError } from '@unroll/artifacts'
import { decodeScalars, headOf, segmentOf, type Line } from '@unroll/store'
import { blockOf, lowerBound, type Block } from './block.ts'
import { Pyramid } from './pyramid.ts'
import type { Segments } from './segments.ts'

/** The stored pyramid that a line refers to; undefined where there is none, or where rows in it are void. Not to be changed. */
export async function storedPyramid(segments: Segments, { pyramid, validTo }: Line): Promise<Pyramid | undefined> {
  if (pyramid === undefined || pyramid.step > validTo(pyramid.epoch)) return undefined
  try {
    return await segments.pyramid(pyramid.name)
  } catch (error) {
    if (error instanceof ArtifactNotFoundError) return undefined // a newer one has taken its place
    throw error
  }
}

/** The pyramid over every row of a line that is in a segment; with `waiting`, over those in Redis as well. */
export async function currentPyramid(
  segments: Segments,
  line: Line,
  { waiting = false }: { waiting?: boolean } = {},
): Promise<Pyramid> {
  const stored = await storedPyramid(segments, line)
  const pyramid = (stored && Pyramid.decode(stored.encode())) ?? new Pyramid() // the stored one is shared
  for (const frame of line.frames) {
    const name = segmentOf(frame)
    if (name === undefined && !waiting) break
    const { epoch, lastSeq } = headOf(frame)
    const isIn = epoch < pyramid.end.epoch || (epoch === pyramid.end.epoch && lastSeq <= pyramid.end.seq)
    if (isIn) continue
    const block = name === undefined ? blockOf(decodeScalars(frame)) : await segments.block(name)
    addBlock(pyramid, block, line)
  }
  return pyramid
}

/** Adds the rows of a block that count and are not in the pyramid yet. */
export function addBlock(pyramid: Pyramid, block: Block, { validTo }: Pick<Line, 'validTo'>): void {
  const behind = block.epoch === pyramid.end.epoch ? lowerBound(block.seqs, pyramid.end.seq + 1) : 0
  pyramid.add(block, behind, lowerBound(block.steps, validTo(block.epoch) + 1))
}

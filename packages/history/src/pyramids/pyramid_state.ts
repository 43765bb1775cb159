import { ArtifactNotFoundError } from '@unroll/artifacts'
import type { Cursor } from '@unroll/contract'
import {
  LAST_STEP,
  endOfFrame,
  firstBehind,
  isBehind,
  lowerBound,
  readFrame,
  readSegmentName,
  type ScalarBlock,
  type Timeline,
} from '@unroll/store'
import { FlowPyramid } from './flow_pyramid.ts'
import { Pyramid } from './pyramid.ts'
import type { Segments } from '../segments/segments.ts'

/**
 * The stored pyramid that a timeline references; undefined if there is none, or if some of its rows are void. It is
 * shared and must not be changed.
 */
export async function storedPyramid<Stored>(
  { pyramid, validTo }: Timeline,
  read: (name: string) => Promise<Stored | undefined>,
): Promise<Stored | undefined> {
  if (pyramid === undefined || pyramid.step > validTo(pyramid.epoch)) return undefined
  try {
    return await read(pyramid.name)
  } catch (error) {
    if (error instanceof ArtifactNotFoundError) return undefined // a newer one has replaced it
    throw error
  }
}

/** The pyramid over every row of a line of scalars that is in a segment; with `waiting`, over those in Redis as well. */
export async function currentPyramid(
  segments: Segments,
  line: Timeline,
  { waiting = false }: { waiting?: boolean } = {},
): Promise<Pyramid> {
  const stored = await storedPyramid(line, (name) => segments.pyramid(name))
  const pyramid = (stored && Pyramid.decode(stored.encode())) ?? new Pyramid()
  for (const frame of framesBehind(line, pyramid.end)) {
    if (readSegmentName(frame) === undefined && !waiting) break
    const wanted = { after: pyramid.end, fromStep: 0, toStep: LAST_STEP }
    const block = await readFrame({ segments }, 'scalars', { frame, wanted, line })
    pyramid.add(block, 0, block.steps.length)
  }
  return pyramid
}

/** The pyramid over every row of a line of flow that is in a segment. @param window time steps of a full window */
export async function currentFlowPyramid(segments: Segments, line: Timeline, window: number): Promise<FlowPyramid> {
  const stored = await storedPyramid(line, (name) => segments.flowPyramid(name))
  const pyramid = (stored && FlowPyramid.decode(stored.encode())) ?? new FlowPyramid(window)
  for (const frame of framesBehind(line, pyramid.end)) {
    if (readSegmentName(frame) === undefined) continue
    const wanted = { after: pyramid.end, fromStep: 0, toStep: LAST_STEP }
    pyramid.add(await readFrame({ segments }, 'flow', { frame, wanted, line }))
  }
  return pyramid
}

function framesBehind({ frames }: Timeline, end: Cursor): Buffer[] {
  return frames.filter((frame) => isBehind(endOfFrame(frame), end))
}

/** Adds the rows of a block that count and are not in the pyramid yet. */
export function addBlock(pyramid: Pyramid, block: ScalarBlock, { validTo }: Pick<Timeline, 'validTo'>): void {
  pyramid.add(block, firstBehind(block, pyramid.end), lowerBound(block.steps, validTo(block.epoch) + 1))
}

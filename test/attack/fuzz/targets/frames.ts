import { LAST_STEP, START, endOfFrame, readFrame, readHead, type RowKind, type SegmentReader } from '@unroll/store'
import { FormatError } from '@unroll/formats'
import type { FuzzTarget } from '../target.ts'

const EVERY_ROW = { after: START, fromStep: 0, toStep: LAST_STEP }
const LINE = { validTo: () => LAST_STEP }
const HEAD_BYTES = 28
/** There is none of the segments that frames name. */
const SEGMENTS: SegmentReader = {
  block: async () => {
    throw new FormatError('Cannot find the segment')
  },
}

const TOKENS = [
  'steps',
  'columns',
  'values',
  'rows',
  'name',
  '\xdd\xff\xff\xff\xff',
  '\xdf\x00\x00\x00\x02',
  '\xc7\x08t',
  '\xd4\x00',
  '\xc0',
  '\x90',
]

function frameTarget(kind: RowKind): FuzzTarget {
  return {
    seeds: () => [], // all are kept
    tokens: TOKENS,
    envelope: {
      open: (input) => [input.subarray(HEAD_BYTES)],
      close: ([body = new Uint8Array()], input) => Buffer.concat([input.subarray(0, HEAD_BYTES), body]),
    },
    parse: async (input) => {
      const frame = Buffer.from(input)
      readHead(frame)
      endOfFrame(frame)
      await readFrame({ segments: SEGMENTS }, kind, { frame, wanted: EVERY_ROW, line: LINE })
    },
  }
}

/** Rows of metrics, which workers write into Redis. */
export const FRAME_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  frames: frameTarget('scalars'),
  flow_frames: frameTarget('flow'),
}

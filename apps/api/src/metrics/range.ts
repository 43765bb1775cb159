import { CURSOR_PATTERN, formatCursor, parseCursor } from '@unroll/contract'
import type { MetricsPage, ReadOptions } from '@unroll/store'
import { Type, type TInteger, type TOptional, type TString } from 'typebox'

const MAX_STEP = 100_000_000

interface RangeQuery {
  after: TOptional<TString>
  from_step: TOptional<TInteger>
  to_step: TOptional<TInteger>
}

/** Query of a route that returns rows by step. */
export const RANGE_QUERY: RangeQuery = {
  after: Type.Optional(Type.String({ pattern: CURSOR_PATTERN, description: 'The `cursor` of the previous page.' })),
  from_step: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_STEP, description: 'The first requested step.' })),
  to_step: Type.Optional(Type.Integer({ minimum: 0, maximum: MAX_STEP, description: 'The last requested step.' })),
}

export interface Range {
  after?: string
  from_step?: number
  to_step?: number
  limit: number
}

export function readOptions({ after, from_step, to_step, limit }: Range): ReadOptions {
  return {
    limit,
    ...(after === undefined ? {} : { after: parseCursor(after) }),
    ...(from_step === undefined ? {} : { fromStep: from_step }),
    ...(to_step === undefined ? {} : { toStep: to_step }),
  }
}

interface Progress {
  cursor: string
  done: boolean
  first_step: number | null
  resumed_from_step?: number
}

/** The position of a reader after a page. */
export function reportProgress({
  cursor,
  done,
  firstStep,
  resumedFromStep,
}: Omit<MetricsPage<unknown>, 'blocks'>): Progress {
  return {
    cursor: formatCursor(cursor),
    done,
    first_step: firstStep,
    ...(resumedFromStep === undefined ? {} : { resumed_from_step: resumedFromStep }),
  }
}

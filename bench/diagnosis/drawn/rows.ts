// The rows of the half that is held apart: as many of each fault as in each half before, or more.

import { FAULT_NAMES, type FaultName } from '../faults.ts'
import { drawRows, type Draw, type DrawnRow } from './draws.ts'
import { WAYS as OF_FAULTS } from './faults.ts'
import { WAYS as HEALTHY } from './healthy.ts'

const COUNTS: Readonly<Record<FaultName, number>> = {
  healthy: 45,
  radius_too_large: 12,
  rate_too_high: 9,
  memory_too_short: 12,
  reach_too_short: 7,
  window_too_short: 8,
  window_biased: 8,
  threshold_too_low: 8,
  threshold_too_high: 8,
  weights_too_large: 10,
  rate_too_low: 9,
}

const WAYS: Readonly<Record<FaultName, readonly Draw[]>> = { healthy: HEALTHY, ...OF_FAULTS }

/** By fault, whatever comes of them: none is replaced. */
export const DRAWN = Object.fromEntries(
  FAULT_NAMES.map((fault) => [fault, drawRows(fault, COUNTS[fault], WAYS[fault])]),
) as Readonly<Record<FaultName, readonly DrawnRow[]>>

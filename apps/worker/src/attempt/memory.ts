import type { Dataset } from '@unroll/contract'
import type { LastWord } from './conclusion.ts'

/** The estimate counts what training keeps; libraries pack and copy some of it. */
const COPIES = 2
/** Bytes in memory for each of a text: it is decoded, and its symbols are numbers. */
const BYTES_OF_TEXT = 8

/**
 * Bytes that a run may take beyond what its process had before.
 *
 * @param needs estimate of the job
 * @param margin what every run may take beyond it
 */
export function limitMemory(
  needs: number,
  margin: number,
  dataset: Pick<Dataset, 'kind' | 'bytes'> | undefined,
): number {
  const text = dataset?.kind === 'text' ? dataset.bytes * BYTES_OF_TEXT : 0
  return COPIES * needs + text + margin
}

/** The last word of a child that cannot say it any more. */
export function tellOutgrown(mostBytes: number): LastWord {
  const message = `Cannot train on as the run takes more than ${mostBytes} bytes of memory: that is twice its estimate, its text and UNROLL_MEMORY_MARGIN_BYTES`
  return { type: 'failed', reason: 'out_of_memory', message, pointer: null, passing: false }
}

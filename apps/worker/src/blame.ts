import type { Gpu } from '@unroll/spec'
import type { LastWord } from './conclusion.ts'
import type { GpuInventory } from './gpus/inventory.ts'
import type { Slot } from './slots.ts'

type Failed = Extract<LastWord, { type: 'failed' }>

/**
 * Completes what a child says of its failure by what the worker knows of its GPU: an engine that fails as the GPU is gone is
 * not at fault, and memory that did not suffice is told with the estimate of the job.
 */
export async function blame(
  word: Failed,
  slot: Slot,
  inventory: Pick<GpuInventory, 'gpus' | 'refresh'>,
): Promise<Failed> {
  if (word.reason !== 'engine_error' && word.reason !== 'out_of_memory') return word
  if (slot.gpu !== undefined) await inventory.refresh()
  const gpu = inventory.gpus.find(({ uuid }) => uuid === slot.gpu)
  if (gpu !== undefined && gpu.fault !== null)
    return { ...word, reason: 'device_lost', passing: true, message: `${nameOf(gpu)}: ${gpu.fault}. ${word.message}` }
  if (word.reason === 'engine_error') return word
  const estimate = `The run is estimated to need ${slot.needs} bytes of memory${gpu === undefined ? '' : `, of which ${holdingsOf(gpu)}`}`
  return { ...word, message: `${estimate}. ${word.message}` }
}

function holdingsOf(gpu: Gpu): string {
  const used =
    gpu.memory_used_bytes === null ? '' : `, ${gpu.memory_used_bytes} of them in use by whatever else there is`
  return `${nameOf(gpu)} has ${gpu.memory_bytes ?? 'what the machine has'}${used}`
}

function nameOf({ name, uuid }: Gpu): string {
  return `${name} (${uuid})`
}

import type { Gpu } from '@unroll/contract'
import type { LastWord } from './conclusion.ts'
import type { GpuInventory } from '../gpus/inventory.ts'
import type { Slot } from '../fleet/slots.ts'

type Failed = Extract<LastWord, { type: 'failed' }>

/**
 * Completes the failure message of a child with the worker's knowledge of its GPUs: an engine that fails because a GPU
 * is lost is not at fault, and insufficient memory is reported with the estimate of the job.
 */
export async function blame(
  word: Failed,
  slot: Slot,
  inventory: Pick<GpuInventory, 'gpus' | 'refresh'>,
): Promise<Failed> {
  if (word.reason !== 'engine_error' && word.reason !== 'out_of_memory') return word
  if (slot.gpus.length > 0) await inventory.refresh()
  const gpus = inventory.gpus.filter(({ uuid }) => slot.gpus.some((own) => own.uuid === uuid))
  const lost = gpus.find(({ fault }) => fault !== null)
  if (lost !== undefined)
    return {
      ...word,
      reason: 'device_lost',
      passing: true,
      message: `${nameGpu(lost)}: ${lost.fault}. ${word.message}`,
    }
  if (word.reason === 'engine_error') return word
  const where = gpus.length > 1 ? ` on each of ${gpus.length} GPUs` : ''
  const holdings = gpus.length === 0 ? '' : `, of which ${gpus.map(describeHoldings).join(', ')}`
  return {
    ...word,
    message: `The run is estimated to need ${slot.needs} bytes of memory${where}${holdings}. ${word.message}`,
  }
}

function describeHoldings(gpu: Gpu): string {
  const used =
    gpu.memory_used_bytes === null ? '' : `, ${gpu.memory_used_bytes} of them in use by whatever else there is`
  return `${nameGpu(gpu)} has ${gpu.memory_bytes ?? 'what the machine has'}${used}`
}

function nameGpu({ name, uuid }: Gpu): string {
  return `${name} (${uuid})`
}

import { formatDuration, labelsText, type Worker } from '@unroll/client'
import { formatBytes, formatValue } from '../../format.ts'

/** A line below the name of a worker, and whether it warns. */
export interface WorkerNote {
  text: string
  warns: boolean
}

/** The engine, its device and its vector width. */
export function engineWords({ engine, device, vector_lanes: lanes }: Worker): string {
  return `${engine} on ${device}${lanes === null ? '' : `, ${lanes} numbers in a vector`}`
}

/**
 * Facts of a worker beside its engine: its labels, why no faster engine trains, whether its jobs are preemptible, and
 * the state of its GPUs.
 */
export function workerNotes({
  engine_fallback: isFallback,
  engine_reason: reason,
  labels,
  gpus,
  preemption_after_seconds: seconds,
}: Worker): readonly WorkerNote[] {
  const marks = labelsText(labels)
  return [
    ...(marks === '' ? [] : [{ text: marks, warns: false }]),
    ...(isFallback ? [{ text: reason, warns: true }] : []),
    ...(seconds === undefined
      ? []
      : [{ text: `more urgent jobs preempt after ${formatDuration(seconds)}`, warns: false }]),
    ...gpus.map(gpuNote),
  ]
}

function gpuNote(gpu: Worker['gpus'][number]): WorkerNote {
  if (gpu.fault !== null) return { text: `${gpu.name}: ${gpu.fault}`, warns: true }
  const memory = [gpu.memory_used_bytes, gpu.memory_bytes].filter((bytes) => bytes !== null).map(formatBytes)
  const readings = [
    memory.join(' of '),
    gpu.utilization === null ? '' : `${formatValue(Math.round(100 * gpu.utilization))} % busy`,
    gpu.temperature_celsius === null ? '' : `${formatValue(gpu.temperature_celsius)} °C`,
  ]
  return { text: [gpu.name, ...readings.filter(Boolean)].join(' · '), warns: false }
}

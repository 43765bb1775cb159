// The GPUs of a worker, read repeatedly. The set of GPUs is fixed at the start, when slots are bound to them; later
// readings update their state.

import { isMissing, readGpus, type NvidiaSmiOptions } from '@unroll/libtensorflow'
import type { Gpu } from '@unroll/contract'
import type { Logger } from 'pino'
import { visibleGpus } from './visible.ts'

const READ_MS = 5_000
/**
 * The tool may fail temporarily, for example while a driver is busy: after this number of consecutive failures the GPUs
 * count as lost.
 */
const FAILURES_OF_A_FAULT = 3

export interface InventoryOptions extends NvidiaSmiOptions {
  /** CUDA_VISIBLE_DEVICES. */
  visible: string | undefined
  log: Logger
}

export class GpuInventory {
  readonly #options: InventoryOptions
  #gpus: readonly Gpu[]
  #failures = 0
  #timer: NodeJS.Timeout | undefined
  #reading: Promise<void> | undefined
  #onChange: () => void = () => {}

  private constructor(options: InventoryOptions, gpus: readonly Gpu[]) {
    this.#options = options
    this.#gpus = gpus
  }

  /** Lists the GPUs: none if the tool is missing or fails, which is logged. */
  static async open(options: InventoryOptions): Promise<GpuInventory> {
    return new GpuInventory(options, visibleGpus(await readAtStart(options), options.visible))
  }

  get gpus(): readonly Gpu[] {
    return this.#gpus
  }

  /**
   * Reads again every few seconds until it is closed.
   *
   * @param onChange called after each reading
   */
  watch(onChange: () => void): void {
    this.#onChange = onChange
    if (this.#gpus.length > 0) this.#timer = setInterval(() => void this.refresh(), READ_MS).unref()
  }

  /** Reads now, or waits for the reading in progress. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined))
    return this.#reading
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #read(): Promise<void> {
    if (this.#gpus.length === 0) return
    try {
      const read = await readGpus(this.#options)
      this.#failures = 0
      this.#gpus = this.#gpus.map(
        (gpu) => read.find(({ uuid }) => uuid === gpu.uuid) ?? faulty(gpu, 'is not listed any more'),
      )
    } catch (error) {
      const { message } = error as Error
      this.#options.log.warn({ why: message }, 'GPUs were not read')
      this.#failures += 1
      if (this.#failures >= FAILURES_OF_A_FAULT) this.#gpus = this.#gpus.map((gpu) => faulty(gpu, message))
    }
    this.#onChange()
  }
}

async function readAtStart(options: InventoryOptions): Promise<readonly Gpu[]> {
  try {
    return await readGpus(options)
  } catch (error) {
    if (!isMissing(error)) options.log.warn({ why: (error as Error).message }, 'GPUs were not read: none is used')
    return []
  }
}

function faulty(gpu: Gpu, fault: string): Gpu {
  return { ...gpu, memory_used_bytes: null, utilization: null, temperature_celsius: null, fault }
}

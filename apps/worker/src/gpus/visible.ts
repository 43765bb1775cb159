import type { Gpu } from '@unroll/contract'

/**
 * The GPUs that CUDA_VISIBLE_DEVICES leaves to this worker, in the order it names them: by uuid, by the beginning of a uuid, or
 * by number, counted in the order of the PCI bus as nvidia-smi does. As in CUDA itself, what follows an entry that names no GPU
 * does not count.
 *
 * @param visible the variable; undefined: all
 */
export function visibleGpus(gpus: readonly Gpu[], visible: string | undefined): readonly Gpu[] {
  if (visible === undefined) return gpus
  const named = visible.split(',').map((entry) => {
    const name = entry.trim()
    if (/^\d+$/.test(name)) return gpus[Number(name)]
    return name === '' ? undefined : gpus.find(({ uuid }) => uuid.startsWith(name))
  })
  const end = named.indexOf(undefined)
  return [...new Set((end === -1 ? named : named.slice(0, end)) as Gpu[])]
}

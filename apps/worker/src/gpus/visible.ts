import type { Gpu } from '@unroll/contract'

/**
 * The GPUs that CUDA_VISIBLE_DEVICES allows to this worker, in its order: by uuid, by the prefix of a uuid, or by
 * number in the order of the PCI bus as in nvidia-smi. As in CUDA itself, entries after one that names no GPU are
 * ignored.
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

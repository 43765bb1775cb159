import type { JobSpec } from '@unroll/contract'

/** Recurrent weights that neither stretch nor shrink what passes them. */
export function unitRadius({ model }: JobSpec): Pick<JobSpec, 'model'> {
  return { model: { ...model, init: { ...model.init, spectral_radius: 1 } } as JobSpec['model'] }
}

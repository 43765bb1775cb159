import type { Engine } from '@unroll/bptt'
import type { CheckpointManifest } from '@unroll/contract'

/** The properties that determine an engine's numbers to the last bit. */
export function identifyEngine({
  name,
  backend,
  versions,
  accelerator,
  numerics,
}: Engine): CheckpointManifest['engine'] {
  return { name, backend, versions: { ...versions }, ...(accelerator === 'gpu' && { numerics: { ...numerics } }) }
}

import type { Replay } from './numbers.ts'

type Origin = NonNullable<NonNullable<Replay['result']>['origin']>

const PASSES: Readonly<Record<Origin['pass'], string>> = {
  forward: 'first on the way to the loss',
  loss: 'first in the loss',
  backward: 'first on the way back',
  update: 'first in the gradient of the weights or the update',
}

/** Where the numbers of a step are first not finite, such as `first on the way back, in layer 0 at time step 12: state h, by gate c`. */
export function originWords({ pass, layer, timestep, state, gate }: Origin): string {
  if (layer === null) return PASSES[pass]
  const what = [...(state === null ? [] : [`state ${state}`]), ...(gate === null ? [] : [`by gate ${gate}`])].join(', ')
  return `${PASSES[pass]}, in layer ${layer} at time step ${timestep}: ${what}`
}

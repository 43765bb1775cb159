import type { Worker } from '@unroll/client'

/** The reasons why a worker trains slower than its machine could. */
export function describeWarnings({ engine_fallback: isFallback, engine_reason: reason, gpus }: Worker): string[] {
  const faults = gpus
    .filter(({ fault }) => fault !== null)
    .map(({ name, uuid, fault }) => `${name} (${uuid}): ${fault}`)
  return [...(isFallback ? [reason] : []), ...faults]
}

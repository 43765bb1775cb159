import type { Spectrum } from '@unroll/bptt'
import { EPSILON, nameSeries } from '@unroll/contract'

/** Series of the Lyapunov exponents of each layer over T time steps: λ_1, λ_2, …, what they make of a gradient, and how far it reaches. */
export function nameSpectra(spectra: readonly Spectrum[], T: number): Readonly<Record<string, number>> {
  const series = spectra.flatMap(({ name, exponents, ended }) => {
    const [first = NaN] = exponents
    const spread = first - exponents.at(-1)!
    return [
      ...exponents.map((exponent, at) => [nameSeries('lyapunov', `${name}.${at + 1}`), exponent] as const),
      ...ended.flatMap((share, at) =>
        share > 0 ? [[nameSeries('lyapunov_ended', `${name}.${at + 1}`), share] as const] : [],
      ),
      [nameSeries('log10_condition', name), (T * spread) / Math.LN10] as const,
      [
        nameSeries('lyapunov_horizon', name),
        first < 0 ? Math.log(EPSILON) / first : first >= 0 ? Infinity : NaN,
      ] as const,
    ]
  })
  return Object.fromEntries(series)
}

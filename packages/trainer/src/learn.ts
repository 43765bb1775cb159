import type { Session, SourceMatrix, StepOptions, StepReport } from '@unroll/bptt'
import type { TrainingWindow } from '@unroll/tasks'
import { floss, type Flossed, type FlossingStep } from './flossing.ts'
import { nameSpectra } from './spectra.ts'

export interface LearnOptions extends StepOptions {
  /** Also returns the itemised matrix of so many sources; not with 0. Never changes a weight. */
  readonly sources: number
  /** Also returns so many Lyapunov exponents of each layer; not with 0. Never changes a weight. */
  readonly exponents: number
  /** What the update learns from the exponents; nothing unless given. */
  readonly flossing?: FlossingStep | undefined
}

/** An update, and what was observed before it. */
export interface Learned extends StepReport, Partial<Pick<Flossed, 'flossing'>> {
  /** The itemised matrix of each layer. */
  readonly matrix?: readonly SourceMatrix[]
  /** Series of the Lyapunov exponents by name. */
  readonly spectra?: Readonly<Record<string, number>>
}

/** One update on its data. */
export async function learn(
  session: Session,
  { prefix, batch, window }: TrainingWindow,
  { sources, exponents, flossing, ...options }: LearnOptions,
): Promise<Learned> {
  if (prefix !== undefined) await session.forward(prefix, { from: 'initial', advance: prefix.steps })
  const matrix = sources > 0 ? await session.itemise(batch, window, sources) : undefined
  const spectra =
    exponents > 0 ? nameSpectra(await session.measureSpectrum(batch, window, exponents), batch.steps) : undefined
  const report: Learned = flossing
    ? await floss(session, { batch, window }, flossing, options)
    : await session.step(batch, window, options)
  return { ...report, ...(matrix && { matrix }), ...(spectra && { spectra }) }
}

import type { Sizes } from './char_model.ts'

export const SIZE_NAMES = ['small', 'medium', 'large', 'long', 'char-rnn'] as const
export type SizeName = (typeof SIZE_NAMES)[number]

/** The sizes of the peers' grid. */
export const GRID: Readonly<Record<SizeName, Sizes>> = {
  small: { T: 100, B: 32, E: 64, H: 128, V: 96, L: 1 },
  medium: { T: 35, B: 20, E: 200, H: 200, V: 10_000, L: 2 },
  large: { T: 100, B: 64, E: 128, H: 512, V: 96, L: 1 },
  long: { T: 200, B: 16, E: 32, H: 64, V: 96, L: 1 },
  'char-rnn': { T: 50, B: 50, E: 65, H: 128, V: 65, L: 2 },
}

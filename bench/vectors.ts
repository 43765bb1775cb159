// How wide the vectors of the kernels are that this machine would load: speeds of two widths do not compare.

import { findLibrary, provideLibrary, vectorLanes } from '@unroll/libtensorflow'
import { choice, type Option } from './command.ts'

/** Variables that hold what is started after this to narrower vectors than the processor has: our kernels, oneDNN, PyTorch, MKL, OpenBLAS and XLA. */
const HOLDING = {
  widest: {},
  avx2: {
    UNROLL_KERNELS_MARCH: 'x86-64-v3',
    ONEDNN_MAX_CPU_ISA: 'AVX2',
    ATEN_CPU_CAPABILITY: 'avx2',
    MKL_ENABLE_INSTRUCTIONS: 'AVX2',
    OPENBLAS_CORETYPE: 'Haswell',
    XLA_FLAGS: '--xla_cpu_max_isa=AVX2',
  },
} as const

type Vectors = keyof typeof HOLDING

export const vectorsOption: Option<Vectors> = choice(
  ['widest', 'avx2'],
  'widest',
  'the vectors of all that is measured: the widest that this processor has, or narrower ones',
)

/** Holds this process and what it starts to vectors. */
export async function holdVectors(vectors: Vectors): Promise<void> {
  Object.assign(process.env, HOLDING[vectors])
  if (vectors !== 'widest' && findLibrary() === undefined)
    await provideLibrary((doing) => process.stderr.write(`${doing}\n`))
}

/** The target of GCC's `-march` that everything started here is held to; undefined unless all variables say so. */
export function heldTarget(): string | undefined {
  const isHeld = Object.entries(HOLDING.avx2).every(([name, value]) => process.env[name] === value)
  return isHeld ? HOLDING.avx2.UNROLL_KERNELS_MARCH : undefined
}

/** Numbers in a vector; null where libtensorflow has not been provided. */
export function lanesHere(): number | null {
  const file = findLibrary()
  return file === undefined ? null : vectorLanes(file)
}

const NAMES: Readonly<Record<number, string>> = { 4: '128-bit', 8: 'AVX2', 16: 'AVX-512' }

/** `AVX2`; undefined without kernels. */
export function vectorsOf(lanes: number | null = null): string | undefined {
  return lanes === null ? undefined : (NAMES[lanes] ?? `${lanes} lanes`)
}

/** As part of a file's name: `avx2`. */
export function vectorsInFiles(lanes: number | null): string {
  return (vectorsOf(lanes) ?? 'none').toLowerCase().replaceAll(/\W/g, '')
}

// What the processor of this machine can do, as Linux tells it.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { kernelsTargets } from './environment.ts'

/**
 * Levels of x86-64, for which kernels are compiled ahead of time, where the machine is not known yet; best first, as GCC's
 * `-march` names them. Each needs the flags of its own row and of those below it. Source: the x86-64 psABI, its table of micro-architecture levels.
 */
const LEVELS: readonly { readonly target: string; readonly flags: readonly string[] }[] = [
  { target: 'x86-64-v4', flags: ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'] },
  {
    target: 'x86-64-v3',
    flags: ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'], // abm: also LZCNT
  },
]

/** Whether a processor of these flags runs the code of a target; true of targets whose flags are not known. */
export function canRun(target: string, flags: readonly string[]): boolean {
  const at = LEVELS.findIndex((level) => level.target === target)
  return at === -1 || LEVELS.slice(at).every((level) => level.flags.every((flag) => flags.includes(flag)))
}

/**
 * The first of the targets that the kernels are compiled for whose code this machine runs.
 * Errors: Error where it runs none of them.
 */
export function kernelsTarget(): string {
  const targets = kernelsTargets()
  const flags = flagsLine().replace(/^.*?:/, '').trim().split(' ')
  const target = targets.find((one) => canRun(one, flags))
  if (target === undefined) {
    const named = `this processor must run one of UNROLL_KERNELS_MARCH: current value is "${targets.join()}"`
    throw new Error(`Cannot choose kernels as ${named}`)
  }
  return target
}

/** Model and flags: what the compiler adapts to. */
export function processor(): string {
  const model = cpus()[0]?.model ?? ''
  const flags = flagsLine()
  return flags === '' ? model : `${model} ${flags}`
}

function flagsLine(): string {
  try {
    return /^(?:flags|Features)\s*:.*$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[0] ?? ''
  } catch {
    return ''
  }
}

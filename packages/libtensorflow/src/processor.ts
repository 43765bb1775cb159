// The capabilities of the processor of this machine, as Linux reports them.

import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { kernelsTargets } from './environment.ts'

/**
 * Levels of x86-64 for kernels that are compiled ahead of time for unknown machines; best first, in the notation of
 * GCC's `-march`. Each needs the flags of its own row and of those below it. Source: the x86-64 psABI, its table of
 * micro-architecture levels.
 */
const LEVELS: readonly { readonly target: string; readonly flags: readonly string[] }[] = [
  { target: 'x86-64-v4', flags: ['avx512f', 'avx512bw', 'avx512cd', 'avx512dq', 'avx512vl'] },
  {
    target: 'x86-64-v3',
    flags: ['avx', 'avx2', 'bmi1', 'bmi2', 'f16c', 'fma', 'abm', 'movbe', 'xsave'], // abm: also LZCNT
  },
]

/** Whether a processor with these flags supports the code of a target; true for targets with unknown flags. */
export function canRun(target: string, flags: readonly string[]): boolean {
  const at = LEVELS.findIndex((level) => level.target === target)
  return at === -1 || LEVELS.slice(at).every((level) => level.flags.every((flag) => flags.includes(flag)))
}

/** The first target of the kernels that this machine supports. Errors: Error if it supports none of them. */
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

/** Model and flags, to which the compiler adapts. */
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

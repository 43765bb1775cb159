// A program in place of nvidia-smi, which answers what a test lays down. Answers have the form of real ones, seen with drivers
// 535 to 610.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

const SCRIPT = `#!/bin/sh
cd "$(dirname "$0")" || exit 1
case "$1" in
  -L) cat list ;;
  --query-gpu=uuid,name,driver_version,memory.total,memory.used,utilization.gpu,temperature.gpu,compute_cap,mig.mode.current)
    [ "$2" = --format=csv,noheader,nounits ] || exit 2
    cat rows
    exit "$(cat code)" ;;
  *) echo "Invalid combination of input arguments." ; exit 2 ;;
esac
`

export interface Answers {
  /** Of the query: a line for each GPU. */
  rows: readonly string[]
  /** Exit code of the query. @default 0 */
  code?: number
  /** Of `-L`, where GPUs are split by MIG. */
  list?: string
}

/** What it lasts as long as, such as a test. */
export interface Scope {
  after(remove: () => void): void
}

export class FakeNvidiaSmi {
  readonly #folder = mkdtempSync(join(tmpdir(), 'unroll-nvidia-smi-'))
  /** An environment that has it on the PATH. */
  readonly environment: Readonly<Record<string, string>> = {
    PATH: `${this.#folder}${delimiter}${process.env['PATH'] ?? ''}`,
  }

  constructor(scope: Scope, answers: Answers) {
    const tool = join(this.#folder, 'nvidia-smi')
    writeFileSync(tool, SCRIPT)
    chmodSync(tool, 0o755)
    this.answer(answers)
    scope.after(() => rmSync(this.#folder, { recursive: true }))
  }

  /** Answers something else from now on. */
  answer({ rows, code = 0, list = '' }: Answers): void {
    writeFileSync(join(this.#folder, 'rows'), rows.map((row) => `${row}\n`).join(''))
    writeFileSync(join(this.#folder, 'code'), String(code))
    writeFileSync(join(this.#folder, 'list'), list)
  }
}

/** The line of a sound GPU. @param number makes its uuid @param mebibytes of its memory */
export function gpuRow(number: number, mebibytes = 16_384): string {
  return `${gpuUuid(number)}, Tesla P100-PCIE-16GB, 580.178.04, ${mebibytes}, 393, 87, 64, 6.0, [N/A]`
}

export function gpuUuid(number: number): string {
  return `GPU-0d70be84-560c-cf1e-8d49-${String(number).padStart(12, '0')}`
}

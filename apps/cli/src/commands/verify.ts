import type { LocalCommand } from '../command.ts'
import { readBytes } from '../input_file.ts'

export const verify: LocalCommand = {
  summary: 'checks the digest of an exported file, runs the proof that it carries, and prints the largest difference',
  arguments: ['file'],
  example: 'unroll verify model.onnx',
  async runLocally({ terminal, given: [path = ''], flags }) {
    const file = await readBytes(path, terminal)
    const { verify: runProof, NOT_RUN } = await import('../verification.ts')
    const verification = await runProof(file)
    if (verification === undefined) {
      terminal.note(NOT_RUN)
      return 'fault'
    }
    const { line, ...verified } = verification
    terminal.out(flags['json'] === true ? JSON.stringify(verified) : line)
    return verified.isWithin ? 'ok' : 'fault'
  },
}

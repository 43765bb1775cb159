import type { Command } from '../command.ts'
import { readBytes } from '../input_file.ts'
import { HOW_TO_INSTALL, loadOnnxRuntime } from '../onnx_runtime.ts'

export const verify: Command = {
  summary: 'runs the proof that an exported model.onnx carries, and prints the largest difference',
  arguments: ['file'],
  example: 'unroll verify model.onnx',
  async run({ terminal, given: [path = ''], flags }) {
    const file = await readBytes(path, terminal)
    const runtime = await loadOnnxRuntime()
    if (runtime === undefined) {
      terminal.note(`Cannot run "${path}" as onnxruntime-node is not installed: ${HOW_TO_INSTALL}`)
      return 'fault'
    }
    const { verify: runProof } = await import('../verification.ts')
    const { line, ...verified } = await runProof(file, runtime)
    terminal.out(flags['json'] === true ? JSON.stringify(verified) : line)
    return verified.isWithin ? 'ok' : 'fault'
  },
}

import { truncationBias, type Batch, type HostTensor, type TruncationBias } from '@unroll/bptt'
import { answeredBatch } from '../session/batch.ts'
import type { EngineRun, RunStart } from '../session/session.ts'
import { EagerChunkedWindow } from './chunked_window.ts'
import type { Interpreter } from './interpreter.ts'
import { readNumber } from './report.ts'
import { EagerState } from './state.ts'
import { uploadBatch } from './upload.ts'
import { EagerWholeWindow } from './whole_window.ts'

/** A run of an eager interpreter, which has finished when it returns. */
export class EagerRun<X> implements EngineRun {
  readonly chunking: EngineRun['chunking']
  readonly whole: EagerWholeWindow<X>
  readonly chunked: EagerChunkedWindow<X>
  readonly #state: EagerState<X>

  constructor(interpreter: Interpreter<X>, start: RunStart) {
    this.#state = new EagerState(interpreter, start)
    this.chunking = { rows: start.network.batchSize }
    this.whole = new EagerWholeWindow(this.#state)
    this.chunked = new EagerChunkedWindow(this.#state)
  }

  truncationBias(batch: Batch, truncation: { readonly k1: number; readonly k2: number }): TruncationBias {
    const { interpreter, network, training } = this.#state
    const { ops } = interpreter
    const { parameters } = training
    return ops.scope(() => {
      const uploaded = uploadBatch(interpreter, network, answeredBatch(network, batch, batch.steps), [])
      const { relative, cosine } = truncationBias({ ops, network, parameters }, uploaded, truncation)
      return { relative: readNumber(interpreter, relative), cosine: readNumber(interpreter, cosine) }
    })
  }

  tensors(): Readonly<Record<string, HostTensor>> {
    return this.#state.download()
  }

  dispose(): void {
    this.#state.dispose()
  }
}

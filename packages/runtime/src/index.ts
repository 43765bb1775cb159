import { loadModel as load } from './load.ts'
import type { Model } from './model.ts'

export type { Model, ModelFacts, RunOptions, RunResult, State } from './model.ts'

/**
 * Opens a model, in Node or in the browser.
 *
 * @example
 * const model = await loadModel(await readFile('model.safetensors'))
 * const { outputs, state } = model.run([0.5, -1])
 * const next = model.run([0.25, 1], { state })
 *
 * @param file what `unroll export JOB --format safetensors` writes
 * @throws {Error} when it is no such file, or its tensors do not fit what it says of the network
 */
export const loadModel: (file: Uint8Array) => Promise<Model> = load

import type { EngineChoice, EngineDescription } from './protocol.ts'
import { TrainingChild } from './supervise.ts'

/**
 * Has a child load the engine and say what it is; the worker process itself never loads one.
 *
 * @throws Error when the child cannot load it
 */
export async function describeEngine(choice: EngineChoice): Promise<EngineDescription> {
  let description: EngineDescription | undefined
  let failure = ''
  const child = new TrainingChild((message) => {
    if (message.type === 'ready')
      description = { engine: message.engine, device: message.device, versions: message.versions }
    if (message.type === 'failed') failure = `: ${message.message}`
  })
  child.send({ type: 'describe', engine: choice })
  const { code, signal } = await child.exited
  if (description === undefined)
    throw new Error(`Cannot load engine "${choice}", child ended with ${signal ?? code}${failure}`)
  return description
}

import type { SessionAnswer, SessionCommand, Store } from '@unroll/store'

export const PROBLEM: object = {
  inputs: 'vectors',
  input_size: 2,
  readout: 'softmax',
  output_size: 3,
  mode: 'many_to_many',
}
/** A session of small vectors. */
export const SPEC: object = {
  model: { cell: 'lstm', hidden_size: 4 },
  problem: PROBLEM,
  sequence_length: 5,
  training: { batch_size: 2 },
}
/** A time step of it. */
export const STEP: readonly number[] = [0.5, 1]

/** Answers the next command of a session, in place of a worker. */
export async function answerNext(store: Store, id: string, answer: SessionAnswer): Promise<SessionCommand> {
  for (;;) {
    const [due] = await store.sessionLeases.listDue()
    const held = due === id ? await store.sessionLeases.claim(id) : undefined
    const [logged] = held === undefined ? [] : await store.sessionLeases.read(id, held.answered)
    if (held === undefined || logged === undefined) continue
    const done = answer.type === 'answered' ? logged.command.type : null
    await store.sessionLeases.answer(held, logged, { step: 0, answer: JSON.stringify(answer), done })
    await store.sessionLeases.release(held)
    return logged.command
  }
}

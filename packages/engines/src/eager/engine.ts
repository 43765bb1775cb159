import type { Engine, Program, Session, TrainingState } from '@unroll/bptt'
import { EngineSession, beginRun } from '../session/session.ts'
import type { Interpreter } from './interpreter.ts'
import { EagerRun } from './run.ts'

/** An engine that runs every operation at once on an interpreter. */
export class EagerEngine<X> implements Engine {
  readonly name: string
  readonly backend: string
  readonly accelerator = 'cpu'
  readonly numerics = { tf32: false, deterministic: true }
  readonly versions: Readonly<Record<string, string>>
  readonly #interpreter: Interpreter<X>
  readonly #sessions = new Set<Session>()

  constructor({ name, backend, versions }: Pick<Engine, 'name' | 'backend' | 'versions'>, interpreter: Interpreter<X>) {
    this.name = name
    this.backend = backend
    this.versions = versions
    this.#interpreter = interpreter
  }

  open(program: Program, state?: TrainingState): Promise<Session> {
    return new Promise((resolve) => {
      const start = beginRun(program, state)
      const run = new EagerRun(this.#interpreter, start)
      const session: Session = new EngineSession(start, run, () => this.#sessions.delete(session))
      this.#sessions.add(session)
      resolve(session)
    })
  }

  live(): number {
    return this.#interpreter.live()
  }

  dispose(): void {
    for (const session of this.#sessions) session.dispose()
  }
}

import type { Ops } from '@unroll/bptt'
import type { Interpreter } from '../eager/interpreter.ts'
import { hostOps } from '../host/ops.ts'
import { Memory64, type Tensor64 } from './tensor64.ts'

/** Float64 in plain loops: the reference of every other engine. It is slow and not for production. */
export function oracleInterpreter(): Interpreter<Tensor64> {
  const memory = new Memory64()
  const ops: Ops<Tensor64> = hostOps(memory)
  return {
    ops,
    upload: (shape, data) => memory.arena.own({ shape, data: Float64Array.from(data) }),
    download: (x) => x.data.slice(),
    release: (x) => memory.arena.release(x),
    live: () => memory.arena.live,
  }
}

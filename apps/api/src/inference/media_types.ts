import { UnrollError } from '@unroll/contract'
import { preferred } from '../metrics/accept.ts'

export const ARROW = 'application/vnd.apache.arrow.stream'

/** The type of an answer that a client prefers. @throws {UnrollError} NOT_ACCEPTABLE */
export function choosePreferred<Type extends string>(accept: string | undefined, types: readonly Type[]): Type {
  const type = types.find((each) => each === preferred(accept, types))
  if (type !== undefined) return type
  throw new UnrollError('NOT_ACCEPTABLE', `Cannot answer as Accept must allow one of ${types.join(', ')}`)
}

import type { KeyRequest, Scope } from '@unroll/contract'
import { makeKey } from '../access/making.ts'
import type { TestApp } from './app.ts'

/** Headers of a request with a new key. */
export async function keyOf(
  { store }: Pick<TestApp, 'store'>,
  scopes: Scope[],
  owner: string = 'team-a',
  more: Partial<KeyRequest> = {},
): Promise<{ authorization: string }> {
  const { key } = await makeKey(store.apiKeys, { name: `${owner} ${scopes.join(' ')}`, owner, scopes, ...more })
  return { authorization: `Bearer ${key}` }
}

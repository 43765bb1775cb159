import type { TestContext } from 'node:test'
import type { Scope } from '@unroll/contract'
import { TokenIssuer } from '../access/issuer.ts'
import { testApp, type TestApp } from './app.ts'
import { testIssuer, type HOLDERS } from './issuer.ts'
import { keyOf } from './keys.ts'

/** Whoever may send requests: with a key, or with a token of an OpenID provider. */
export interface Callers {
  service: TestApp
  /** Headers of a caller. */
  give: (scopes: Scope[], owner?: (typeof HOLDERS)[number]) => Promise<{ authorization: string }>
}

export const CALLERS: Readonly<Record<string, (t: TestContext) => Promise<Callers>>> = {
  async key(t) {
    const service = await testApp(t, { keyPolicy: 'always' })
    return { service, give: (scopes, owner) => keyOf(service, scopes, owner) }
  },
  async token(t) {
    const issuer = await testIssuer(t, { ownerClaim: 'project' })
    const service = await testApp(t, { keyPolicy: 'always', tokenIssuer: new TokenIssuer(issuer.policy) })
    return {
      service,
      give: async (scopes, owner = 'team-a') => ({ authorization: `Bearer ${await issuer.issue(owner, scopes)}` }),
    }
  },
}

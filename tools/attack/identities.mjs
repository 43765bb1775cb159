/**
 * Who attacks: a key of each scope, one of another owner, and nobody. Their limits are out of the way: an answer of 429 tries nothing.
 * @type {Record<string, { owner: string, scopes: string[] } | undefined>}
 */
export const IDENTITIES = {
  read: { owner: 'default', scopes: ['read'] },
  submit: { owner: 'default', scopes: ['submit'] },
  operate: { owner: 'default', scopes: ['operate'] },
  admin: { owner: 'default', scopes: ['admin'] },
  foreign: { owner: 'stranger', scopes: ['read', 'submit'] },
  none: undefined,
}

/**
 * Makes the keys of all identities. The first is that of an admin: from then on everybody needs one.
 * @param {string} url of a service without keys
 * @returns {Promise<{ keys: Record<string, string | undefined>, ids: string[] }>} `ids` of what must not be revoked
 */
export async function makeKeys(url) {
  /** @type {Record<string, string | undefined>} */
  const keys = { none: undefined }
  const ids = []
  const admin = await makeKey(url, 'for the attack', IDENTITIES.admin, undefined)
  for (const [name, identity] of Object.entries(IDENTITIES)) {
    if (identity === undefined) continue
    const made = await makeKey(url, name, identity, admin.key)
    keys[name] = made.key
    ids.push(made.id)
  }
  return { keys, ids }
}

/**
 * @param {string} url
 * @param {string} name
 * @param {{ owner: string, scopes: string[] } | undefined} identity
 * @param {string | undefined} by the key that makes it
 * @returns {Promise<{ id: string, key: string }>}
 */
async function makeKey(url, name, identity, by) {
  const headers = { 'content-type': 'application/json', ...(by !== undefined && { authorization: `Bearer ${by}` }) }
  const answer = await fetch(`${url}/v1/keys`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name, ...identity }),
    signal: AbortSignal.timeout(30_000),
  })
  if (answer.status !== 201) throw new Error(`Cannot make key "${name}": ${await answer.text()}`)
  return /** @type {{ id: string, key: string }} */ (await answer.json())
}

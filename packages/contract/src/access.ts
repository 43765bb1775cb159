/** What a key may do, by scope. `admin` includes all others and sees what belongs to anybody. */
export const SCOPES = {
  read: 'reads and lists what belongs to the owner of the key, and asks trained networks',
  submit: 'makes, changes and deletes jobs, sweeps, data sets, weights and models of that owner',
  operate: 'steers the queue and the workers, collects garbage, reads metrics and usage of the service',
  admin: 'all of it, of every owner, with the keys and the audit log',
} as const
export type Scope = keyof typeof SCOPES
export const SCOPE_NAMES = Object.keys(SCOPES) as [Scope, ...Scope[]]

/** The owner of what was made before there were keys, and of what is made without one. */
export const DEFAULT_OWNER = 'default'

/** Names of owners. */
export const OWNER_NAME = '^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$'

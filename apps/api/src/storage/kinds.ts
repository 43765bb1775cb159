import { TRIED, UPLOADS } from '@unroll/artifacts'

/** Kinds of artifacts. */
export const KINDS = ['checkpoints', 'models', 'weights', 'archived_rows', 'datasets', 'sessions', 'other'] as const
export type Kind = (typeof KINDS)[number]

/** The folders of all artifacts of the service, except for the id of the place itself. */
export const FOLDERS: readonly string[] = ['jobs', 'models', 'weights', 'sessions', 'datasets', UPLOADS, TRIED]

/** The kind of an artifact, from its key. */
export function classifyKey(key: string): Kind {
  if (key.startsWith('datasets/')) return 'datasets'
  if (key.startsWith('sessions/')) return 'sessions'
  if (key.startsWith('models/')) return 'models'
  if (key.startsWith('weights/') || /^jobs\/[^/]+\/initial_weights$/.test(key)) return 'weights'
  const [, part] = /^jobs\/[^/]+\/([^/]+)\//.exec(key) ?? []
  if (part === 'checkpoints') return 'checkpoints'
  return part === 'metrics' ? 'archived_rows' : 'other'
}

import { TRIED } from '@unroll/artifacts'

/** What is kept as artifacts. */
export const KINDS = ['checkpoints', 'archived_rows', 'datasets', 'other'] as const
export type Kind = (typeof KINDS)[number]

/** The folders that all artifacts of the service are below, but for the id of the place itself. */
export const FOLDERS: readonly string[] = ['jobs', 'datasets', TRIED]

/** What an artifact is, by its key. */
export function classifyKey(key: string): Kind {
  if (key.startsWith('datasets/')) return 'datasets'
  const [, part] = /^jobs\/[^/]+\/([^/]+)\//.exec(key) ?? []
  if (part === 'checkpoints') return 'checkpoints'
  return part === 'metrics' ? 'archived_rows' : 'other'
}

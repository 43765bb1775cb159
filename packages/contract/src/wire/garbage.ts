import { Type, type Static } from 'typebox'
import { nullable, time } from './nullable.ts'

/** The items that can be deleted, or were deleted. */
export const Garbage = Type.Object(
  {
    object: Type.Literal('garbage'),
    dry_run: Type.Boolean({ description: 'Whether this was a dry run, which deletes nothing.' }),
    as_of: time('Start of the search, by the clock of the artifact store.'),
    grace_seconds: Type.Integer({ description: 'Artifacts written since then stay in any case.' }),
    retention_days: nullable(Type.Number({ description: 'Age at which ended jobs are deleted; null: never.' })),
    orphans: Type.Object(
      {
        count: Type.Integer(),
        bytes: Type.Integer(),
        items: Type.Array(Type.Object({ key: Type.String(), bytes: Type.Integer(), written_at: time('When.') }), {
          description: 'The first 1,000.',
        }),
      },
      { description: 'Artifacts without a record.' },
    ),
    jobs: Type.Object(
      {
        count: Type.Integer(),
        bytes: Type.Integer({ description: 'Of their artifacts.' }),
        items: Type.Array(
          Type.Object({ id: Type.String(), finished_at: time('When it ended.'), bytes: Type.Integer() }),
          { description: 'The first 1,000.' },
        ),
      },
      { description: 'Jobs that ended longer ago than the retention, except kept ones.' },
    ),
    sweeps: Type.Array(Type.String(), {
      description: 'Sweeps that ended longer ago than the retention and have no jobs left.',
    }),
    has_more: Type.Boolean({
      description: 'Whether the request has reached its maximal number of deletions: repeat it.',
    }),
  },
  { title: 'Garbage' },
)
export type Garbage = Static<typeof Garbage>

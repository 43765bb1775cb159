import { Type, type Static } from 'typebox'
import { nullable, time } from './nullable.ts'

/** The items that can be deleted, or were deleted. */
export const Garbage = Type.Object(
  {
    object: Type.Literal('garbage'),
    dry_run: Type.Boolean({ description: 'True when nothing was deleted.' }),
    as_of: time('When the look began, by the clock that dates artifacts.'),
    grace_seconds: Type.Integer({ description: 'Artifacts written since are left alone, whatever refers to them.' }),
    retention_days: nullable(
      Type.Number({ description: 'Age at which jobs that have ended are deleted; null: never.' }),
    ),
    orphans: Type.Object(
      {
        count: Type.Integer(),
        bytes: Type.Integer(),
        items: Type.Array(Type.Object({ key: Type.String(), bytes: Type.Integer(), written_at: time('When.') }), {
          description: 'The first 1,000.',
        }),
      },
      { description: 'Artifacts that no record refers to.' },
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
      { description: 'Jobs that ended longer ago than the retention, but for those that are kept.' },
    ),
    sweeps: Type.Array(Type.String(), {
      description: 'Sweeps that ended longer ago than the retention and have no job any more.',
    }),
    has_more: Type.Boolean({ description: 'True when as much was deleted as one request deletes: ask again.' }),
  },
  { title: 'Garbage' },
)
export type Garbage = Static<typeof Garbage>

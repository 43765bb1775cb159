import { Type, type Static } from 'typebox'
import { check, type Checked } from './schema/check.ts'

const Digest = Type.Object({
  bytes: Type.Integer({ minimum: 0 }),
  sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
})

/** The manifest beside a checkpoint's files, written last: without it there is no checkpoint. */
const CheckpointManifest = Type.Object({
  version: Type.Literal(1),
  id: Type.String(),
  job: Type.String(),
  epoch: Type.Integer(),
  step: Type.Integer(),
  created_at: Type.String(),
  /** The engine that computed it: on another engine the run continues, but not bit for bit. */
  engine: Type.Object({
    name: Type.String(),
    backend: Type.String(),
    versions: Type.Record(Type.String(), Type.String()),
    /** On a GPU: the numerics that held. */
    numerics: Type.Optional(Type.Object({ tf32: Type.Boolean(), deterministic: Type.Boolean() })),
  }),
  files: Type.Object({ state: Digest, position: Digest }),
})
/** The text of a state's file that says how many updates its run has applied. */
export const UPDATES_TEXT = 'unroll.updates'

export type CheckpointManifest = Static<typeof CheckpointManifest>

export function checkManifest(value: unknown): Checked<CheckpointManifest> {
  return check(CheckpointManifest, value)
}

import { Type, type Static } from 'typebox'
import { JobSpecSchema, type JobSpec } from '../job/job_spec.ts'
import { FINDING_CODES } from '../lifecycle/findings.ts'
import { measured } from './measured.ts'
import { nullable } from './nullable.ts'

const Evidence = Type.Object({
  layer: nullable(Type.Integer({ description: 'The layer, from 0, where one is to name.' })),
  timestep: nullable(Type.Integer({ description: 'The time step, from 1, where one is to name.' })),
  from_step: Type.Integer({ description: 'First training step that was looked at.' }),
  to_step: Type.Integer({ description: 'Last training step that was looked at.' }),
  figures: Type.Record(Type.String(), measured('A number, or the name of one that JSON cannot carry.'), {
    description: 'What was measured, by name.',
  }),
})

const FINDING_FIELDS = {
  code: Type.Enum(FINDING_CODES, { type: 'string' }),
  title: Type.String(),
  first_step: Type.Integer({ description: 'The step at which it was first found.' }),
  until_step: nullable(Type.Integer({ description: 'The step at which it no longer held; null while it holds.' })),
  evidence: Evidence,
  advice: nullable(Type.String({ description: 'The change that is proposed, and why.' })),
  changes: nullable(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'The change as a JSON merge patch (RFC 7396) of the specification; null where none is known.',
    }),
  ),
}

/** One finding of a diagnosis. */
export const Finding = Type.Object({
  ...FINDING_FIELDS,
  proposed_spec: nullable(JobSpecSchema),
  proposed_with: nullable(
    Type.Enum(FINDING_CODES, {
      type: 'string',
      description:
        'The finding before this one that proposes the same, and has the specification; null where none does.',
    }),
  ),
})

/** The state of a rule for a run. */
export const RuleOutlook = Type.Object({
  code: Type.Enum(FINDING_CODES, { type: 'string' }),
  status: Type.Enum(['looked_at', 'too_early', 'not_measured'], {
    type: 'string',
    description:
      'Whether the rule looked at the run, has not yet enough to look at, or never will as what it looks at is not measured or not asked for.',
  }),
  from_step: nullable(Type.Integer({ description: 'The first training step at which it has enough to look at.' })),
  why: nullable(Type.String({ description: 'Why it has not looked; null where it has.' })),
})
export type RuleOutlook = Static<typeof RuleOutlook>

export type Finding = Omit<Static<typeof Finding>, 'proposed_spec'> & { proposed_spec: JobSpec | null }

/** A finding in the form of the record: without the specification that follows from its changes. */
export type RecordedFinding = Omit<Finding, 'title' | 'proposed_spec' | 'proposed_with'>

/** The findings of the rules about a run. */
export const Diagnosis = Type.Object(
  {
    object: Type.Literal('diagnosis'),
    job: Type.String(),
    findings: Type.Array(Finding, { description: 'What holds comes first, then what no longer does.' }),
    rules: Type.Array(RuleOutlook, { description: 'What was looked at, a rule each.' }),
  },
  { title: 'Diagnosis' },
)
export type Diagnosis = Omit<Static<typeof Diagnosis>, 'findings'> & { findings: Finding[] }

const ProbeLayer = Type.Object({
  layer: Type.Integer(),
  log10_phi: Type.Array(measured('log₁₀ φ(k); exact zero is "-Infinity".'), {
    description: 'log₁₀ φ(k) for k = 0 … T-1, φ(k) = ‖∂L_T/∂h_{T-k}‖.',
  }),
  beta: nullable(
    Type.Number({
      description:
        'β, the factor of one step: exp of the slope of log φ(k). Null where fewer than 2 points can be fitted.',
    }),
  ),
  horizon: nullable(
    Type.Integer({
      description: 'K_ε, the first k with φ(k)/φ(0) < ε. Null unless `reach` is `ends`.',
    }),
  ),
  reach: Type.Enum(['ends', 'whole_window', 'zero', 'not_finite'], {
    type: 'string',
    description:
      'How far the gradient reaches: it ends at the horizon, reaches through the whole window, is exactly zero already at k = 0, or is Inf or NaN before either could be told.',
  }),
})

/** Probe flow of every layer at one training step. */
export const Probe = Type.Object(
  {
    object: Type.Literal('probe'),
    step: nullable(Type.Integer({ description: 'The training step; null where none was observed yet.' })),
    epsilon: Type.Number({ description: 'ε of the horizon.' }),
    timesteps: Type.Integer({ description: 'T, time steps that the gradient was followed back.' }),
    layers: Type.Array(ProbeLayer),
  },
  { title: 'Probe' },
)
export type Probe = Static<typeof Probe>

import { Type, type Static } from 'typebox'
import { JobSpecSchema, type JobSpec } from '../job/job_spec.ts'
import { FINDING_CODES } from '../lifecycle/findings.ts'
import { measured } from './measured.ts'
import { nullable } from './nullable.ts'

const Evidence = Type.Object({
  layer: nullable(Type.Integer({ description: 'The layer as the flow counts them, from 0, if any.' })),
  timestep: nullable(Type.Integer({ description: 'The time step, from 1, if any.' })),
  from_step: Type.Integer({ description: 'First training step of the evidence.' }),
  to_step: Type.Integer({ description: 'Last training step of the evidence.' }),
  figures: Type.Record(Type.String(), measured('A number, or the name of one that JSON cannot carry.'), {
    description: 'The measured values, by name.',
  }),
})

const FINDING_FIELDS = {
  code: Type.Enum(FINDING_CODES, { type: 'string' }),
  title: Type.String(),
  first_step: Type.Integer({ description: 'The step at which it was first found.' }),
  until_step: nullable(Type.Integer({ description: 'The step at which it no longer held; null while it holds.' })),
  evidence: Evidence,
  advice: nullable(
    Type.String({ description: 'The proposed change and its reason, or what to consider where none is proposed.' }),
  ),
  changes: nullable(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'The change as a JSON merge patch (RFC 7396) of the specification; null if none is known.',
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
      description: 'The earlier finding with the same proposal, which has the specification; null without one.',
    }),
  ),
})

/** The state of a rule for a run. */
export const RuleOutlook = Type.Object({
  code: Type.Enum(FINDING_CODES, { type: 'string' }),
  status: Type.Enum(['looked_at', 'too_early', 'not_measured'], {
    type: 'string',
    description:
      'Whether the rule has looked at the run, it is too early, or its input is not measured or not requested.',
  }),
  from_step: nullable(Type.Integer({ description: 'The first training step at which it has enough data.' })),
  why: nullable(Type.String({ description: 'The reason why it has not looked; null if it has.' })),
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
    findings: Type.Array(Finding, { description: 'Current findings first, then those that no longer hold.' }),
    rules: Type.Array(RuleOutlook, { description: 'The state of each rule.' }),
  },
  { title: 'Diagnosis' },
)
export type Diagnosis = Omit<Static<typeof Diagnosis>, 'findings'> & { findings: Finding[] }

const ProbeLayer = Type.Object({
  layer: Type.Integer({ description: 'As the flow counts them, from 0.' }),
  log10_phi: Type.Array(measured('log₁₀ φ(k); exact zero is "-Infinity".'), {
    description:
      'log₁₀ φ(k) for k = 0 … T-1, φ(k) = ‖∂L_T/∂h_{T-k}‖; of a backward direction ‖∂L_T/∂h_{1+k}‖, as its last step is the first of the sequence.',
  }),
  beta: nullable(
    Type.Number({
      description: 'β, the factor of one step: exp of the slope of log φ(k). Null with fewer than 2 points.',
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
      'How far the gradient reaches: it ends at the horizon, reaches through the whole window, is exactly zero at k = 0, or is Inf or NaN before this is known.',
  }),
  rounded: nullable(
    Type.Integer({
      description:
        'Where φ becomes an exact zero: how many derivatives of tanh and σ the engine rounded to 0 there, as a tanh from 8 on is exactly 1. 0 where every factor is a true zero, or φ becomes none; null where it was not counted.',
    }),
  ),
})

/** Probe flow of every layer at one training step. */
export const Probe = Type.Object(
  {
    object: Type.Literal('probe'),
    step: nullable(Type.Integer({ description: 'The training step; null before the first observation.' })),
    epsilon: Type.Number({ description: 'ε of the horizon.' }),
    timesteps: Type.Integer({ description: 'T, time steps of the backward pass.' }),
    layers: Type.Array(ProbeLayer),
  },
  { title: 'Probe' },
)
export type Probe = Static<typeof Probe>

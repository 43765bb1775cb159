import { FINDINGS } from '../lifecycle/findings.ts'
import { opening } from './markdown.ts'

const INTRODUCTION = `While a job trains, its worker holds every row of its metrics against the rules below, after each 25 rows and at the end.
That a rule finds something is an event, \`diagnosis_warning\`, that it no longer does another, \`diagnosis_resolved\`, and what it finds is kept: \`GET /v1/jobs/{id}/diagnosis\` gives each finding
with its evidence (figures, layer from 0, time step from 1, training steps), the step at which it was found and, where it no
longer holds, the step until which it did. \`changes\` is one change of the specification that may help, as a JSON merge
patch (RFC 7396); \`proposed_spec\` is the whole specification with it, checked, to be posted to \`/v1/jobs\` as it is: its name says what changes, and \`metadata.proposed_from\` which job it comes from.
Where two findings propose the same, the second names the first in \`proposed_with\`.

No rule finds anything before it has enough to look at. \`rules\` says of each whether it has \`looked_at\` the run, whether
it is \`too_early\`, or why what it looks at is \`not_measured\`.

A diagnosis looks at what is recorded: the probe flow at \`observe.probe_every\` (where the only loss is that of the last
step, the flow at \`observe.flow_every\` is the probe flow), saturation at \`observe.saturation_every\`, truncation bias at
\`observe.bias_every\`. \`GET /v1/jobs/{id}/probe\` gives φ(k) = ‖∂L_T/∂h_{T-k}‖ itself with its fit: β is exp of the
least-squares slope of log φ(k) over the leading part that float32 holds (log₁₀ φ > -36), the horizon K_ε is the first k with
φ(k)/φ(0) < ε, ε = 0.01 unless another is asked for.
`

/** The document of all possible findings of a diagnosis. */
export function diagnosis(): string {
  const sections = Object.entries(FINDINGS).map(([code, { title, rule }]) => `## ${code}\n\n${title}. ${rule}\n`)
  return [opening('Diagnosis', '`packages/contract/src/lifecycle/findings.ts`'), INTRODUCTION, ...sections].join('\n')
}

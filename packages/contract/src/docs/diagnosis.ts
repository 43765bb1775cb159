import { FINDINGS } from '../lifecycle/findings.ts'
import { opening } from './markdown.ts'

const INTRODUCTION = `While a job trains, its worker evaluates the rules below on its metrics after every 25 rows and at the end. When a finding
begins to hold there is an event \`diagnosis_warning\`, when it ceases to hold an event \`diagnosis_resolved\`.

\`GET /v1/jobs/{id}/diagnosis\` returns each finding with its evidence (figures, layer from 0, time step from 1, training steps), the
step of its begin and, if it no longer holds, of its end. \`changes\` is one change of the specification that may help, as a JSON merge
patch (RFC 7396). \`proposed_spec\` is the whole changed specification, validated and ready to be posted to \`/v1/jobs\`; its name
says what changes, and \`metadata.proposed_from\` is the diagnosed job. If two findings have the same proposal, the second names the
first in \`proposed_with\`.

A rule finds nothing before it has enough data. \`rules\` contains the state of each rule: it has \`looked_at\` the run, it is
\`too_early\`, or its input is \`not_measured\`.

\`on_finding: stop\` of a job ends it when a finding of \`act_on\` has held for a tenth of \`max_steps\` (by default \`vanishing\`, \`exploding\` and
\`horizon_short\`) and the mean loss of the newest 50 rows is not below 0.8 of the best loss without memory, or at once when it is Inf or NaN: it is saved, and \`failed\` with reason \`stopped_by_finding\`; its \`error\` has the code of the finding, its step
and the advice. \`stop_on\` of a sweep does this for its trials. A run whose last step comes before the stop has succeeded. A retry with
\`from_checkpoint: latest\` and \`changes: { on_finding: notify }\` goes on.

\`on_finding: fork\` ends it with reason \`forked_by_finding\`, and within a second a new job goes on from the step of the finding with
its \`changes\`: a fork as by \`POST /v1/jobs/{id}/fork\`, or a job from the start where the change is of what the weights depend on,
such as the cell, or loss or gradient were no longer finite. An event \`job_forked\` of the old job names it, or \`fork_refused\` says why there is none. The new job has
\`on_finding: notify\`, so that it forks no further, and its steps are counted when the old one is submitted. A finding without
\`changes\` stops the job alone.

How often the rules are right is measured on a bank of specifications with seeded faults ([the score](diagnosis-score.md)).

The rules use recorded values: the probe flow at \`observe.probe_every\` (if the only loss is that of the last step, the flow at
\`observe.flow_every\` is the probe flow), saturation at \`observe.saturation_every\`, and truncation bias at \`observe.bias_every\`.
\`GET /v1/jobs/{id}/probe\` returns φ(k) = ‖∂L_T/∂h_{T-k}‖ with its fit: β is exp of the least-squares slope of log φ(k) over the
leading part that float32 holds (log₁₀ φ > -36); the horizon K_ε is the first k with φ(k)/φ(0) < ε, with ε = 0.01 by default.
`

/** The document of all possible findings of a diagnosis. */
export function diagnosis(): string {
  const sections = Object.entries(FINDINGS).map(([code, { title, rule }]) => `## ${code}\n\n${title}. ${rule}\n`)
  return [opening('Diagnosis', '`packages/contract/src/lifecycle/findings.ts`'), INTRODUCTION, ...sections].join('\n')
}

/**
 * The possible findings of a diagnosis. The rules of `packages/diagnosis` define the thresholds, which are described
 * here in words.
 */
export const FINDINGS = {
  at_chance: {
    title: 'The run does not learn',
    rule: 'The mean training loss of the newest 50 rows was at least 0.9 of the best loss without memory, at three quarters of `max_steps` or later and at step 200 at the earliest. Where several updates share a sequence, the loss is that of whole sequences, in which windows without a target do not count. A loss that falls, by more than twice the standard error of its slope over the newest quarter of the run, is judged at the last step alone if it is below the best loss without memory, or gets below 0.9 of it before the end if it goes on to fall so. The chance level of a data set is that of a constant answer (the shares of the classes, or the mean), measured on its held-out part. Not evaluated with `class_weights`, which change the training loss.',
  },
  exploding: {
    title: 'The gradient explodes',
    rule: 'Loss, gradient or flow was Inf or NaN within the newest 1,001 rows; or the median of the newest 50 losses was above 10 times the best loss without memory; or β^T was above 1e4 in each of the newest 3 observations of the probe flow; or the median of the local ratios ‖∂L/∂h_{t-1}‖ / ‖∂L/∂h_t‖ was above 1 in each of the newest 3 observations of the flow while the 99th percentile of the gradient norm was above 100 times its median. The latter is not evaluated where clipping bounds the norm of updates (every policy but `none` and `timestep`), and of updates that share a sequence the largest norm counts. Growth that is finite is not evaluated while the mean loss of the newest 50 rows is below 0.8 of the best loss without memory: at the onset of learning the gradient grows as well.',
  },
  vanishing: {
    title: 'The gradient vanishes',
    rule: 'β^T was below 1e-4 in each of the newest 3 observations of the probe flow (of ∂L_T/∂h or, if it is larger, of ∂L_T/∂c of the memory cell). Not evaluated before a share of `max_steps`: 5 % for cells without gates, half for cells with gates, which begin half open and learn to open; nor while the mean loss of the newest 50 rows is below 0.8 of the best loss without memory, or their median above 1.5 times, as it is before the weights have settled.',
  },
  horizon_short: {
    title: 'The gradient does not reach as far as the task asks',
    rule: 'In each of the newest 3 observations of the probe flow, the horizon (the first k with φ(k)/φ(0) < 0.01, of h or of the memory cell, whichever reaches further, in the layer that reaches furthest), or the window of truncated backpropagation if that is shorter, was below the lag of the task: a horizon by a tenth of the lag at least, a window by any. Not evaluated before the share of `max_steps` of `vanishing`, which is 5 % for every cell where the window is shorter than the lag; nor for a cell with a memory cell whose flow is not the probe flow; nor while the mean loss of the newest 50 rows is below 0.8 of the best loss without memory, or their median above 1.5 times.',
  },
  clip_idle: {
    title: 'Clipping never acts',
    rule: 'Clipping by a fixed threshold (norm, value, parameter_norm, timestep) acted in no step of the run, and the largest gradient norm of the run, of steps without a row too, was below a quarter of the threshold. No change is proposed: what no norm reaches has changed no update. Not evaluated before step 100 and a tenth of `max_steps`, nor before the mean loss of the newest 50 rows is below 0.8 of the best loss without memory: the largest norms are those of the onset of learning.',
  },
  clip_saturated: {
    title: 'Clipping nearly always acts',
    rule: 'A policy with a fixed threshold (norm, value, parameter_norm, timestep) acted in more than 90 % of the newest 100 steps and reduced the norm by more than 1 % in most of them. Not evaluated with Adam, AdamW, RMSprop and Adagrad, which divide a gradient by its size. Not evaluated while the mean loss of the newest 50 rows is below 0.8 of the best loss without memory.',
  },
  saturated_units: {
    title: 'Units or gates are saturated',
    rule: 'mean(1-|h|) of the units of a layer with bounded states, or mean(min(v, 1-v)) of a gate, was below 0.1 in each of the newest 2 observations. A gate that the specification itself opens this far (chrono initialisation, a forget bias of 2.2 or more) does not count. Not evaluated while the mean loss of the newest 50 rows is below 0.8 of the best loss without memory.',
  },
  truncation_biased: {
    title: 'Truncation changes the gradient',
    rule: 'The truncation bias ‖g_k - g_T‖/‖g_T‖ was above 0.5 in each of its newest 2 measurements. Not evaluated while the mean loss of the newest 50 rows is below 0.8 of the best loss without memory.',
  },
} as const satisfies Record<string, { title: string; rule: string }>

export type FindingCode = keyof typeof FINDINGS
export const FINDING_CODES = Object.keys(FINDINGS) as [FindingCode, ...FindingCode[]]

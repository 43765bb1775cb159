// The model card of a checkpoint (Mitchell et al. 2019): what the network is, what it was trained on, what it scores, what
// happened to its gradient, and the files that it can be had as. One Markdown document, with its picture inside.

import {
  CHECKPOINT_FORMATS,
  CHECKPOINT_FORMAT_NAMES,
  explainUnexportable,
  gradientWindow,
  haveOneSize,
  listHiddenSizes,
  type Checkpoint,
} from '@unroll/contract'
import type { CardFacts } from './card_facts.ts'
import { writeData } from './data_section.ts'
import { drawFlow } from './flow_picture.ts'
import { writeGradient } from './gradient_section.ts'
import { formatNumber, jsonBlock, plain, table } from './markdown.ts'

export function writeCard(facts: CardFacts): string {
  const { job } = facts
  const sections = [
    `# ${plain(job.name)}`,
    writeIntroduction(facts),
    writeData(facts),
    writeMetrics(facts),
    writeGradient(facts, drawFlow(facts.flow, gradientWindow(job.spec))),
    `## Specification\n\n${jsonBlock(job.spec)}`,
    writeFiles(facts),
  ]
  return `${sections.join('\n\n')}\n`
}

function writeIntroduction({ job, checkpoint }: CardFacts): string {
  const { cell, bidirectional } = job.spec.model
  const sizes = listHiddenSizes(job.spec.model)
  const layers = `${sizes.length} layer${sizes.length === 1 ? '' : 's'} of ${haveOneSize(sizes) ? sizes[0] : sizes.join(', ')} units`
  const { computed_by: computed } = job.attempts.at(-1) ?? {}
  const { outcome } = job
  const rows: [string, string][] = [
    ['cell', `\`${cell}\``],
    ['layers', `${layers}${bidirectional === true ? ', in both directions' : ''}`],
    ['parameters', String(job.estimate.parameters)],
    ['training step', `${checkpoint.step} of at most ${job.spec.training.max_steps}`],
    ['job', `\`${job.id}\`, ${job.status}`],
    ['checkpoint', `\`${checkpoint.id}\`, ${checkpoint.created_at}`],
    ['SHA-256 of its state', `\`${checkpoint.sha256}\``],
    ['computed by', computed ? plain(`${computed.engine} on ${computed.device}`) : '–'],
    ['at the end of the run', outcome ? describeOutcome(outcome) : 'the run has not succeeded'],
  ]
  return [
    'A recurrent network trained by Unroll, with backpropagation through time. The equations of its cell and the names of its parameters are those of docs/math/notation.md.',
    table(['', ''], rows),
  ].join('\n\n')
}

function describeOutcome({ at_chance, times_better_than_chance: times }: NonNullable<CardFacts['job']['outcome']>) {
  if (at_chance) return 'not better than the best answer without memory'
  return times === null ? '–' : `loss ${formatNumber(times)} times better than the best answer without memory`
}

function writeMetrics({ checkpoint, evaluations }: CardFacts): string {
  const rows = Object.entries(checkpoint.metrics).map(([series, value]) => [`\`${series}\``, formatNumber(value)])
  const scores = evaluations.flatMap(({ dataset, report }) =>
    Object.entries(report?.scores ?? {}).map(([score, value]) => [
      `\`${dataset}\``,
      `\`${score}\``,
      formatNumber(value),
    ]),
  )
  return [
    '## Metrics',
    `The newest value of each series at step ${checkpoint.step}; docs/series.md says what they are.`,
    table(['series', 'value'], rows),
    ...(scores.length === 0 ? [] : ['On other data sets, on request:', table(['data set', 'score', 'value'], scores)]),
  ].join('\n\n')
}

function writeFiles({ job, checkpoint }: CardFacts): string {
  const rows = CHECKPOINT_FORMAT_NAMES.map((format) => {
    const refusal = explainUnexportable(format, job.spec.model)
    const { summary } = CHECKPOINT_FORMATS[format]
    return [`\`${format}\``, refusal === undefined ? `${summary}: \`${locate(checkpoint)}?format=${format}\`` : refusal]
  })
  return [
    '## Files',
    'Each file of a network, which is all but `state`, carries its proof: inputs, states and the outputs of every step. `unroll verify FILE` runs it and prints the largest difference; docs/exports.md says how other tools load the files.',
    table(['format', 'file'], rows),
  ].join('\n\n')
}

function locate({ job, id }: Checkpoint): string {
  return `/v1/jobs/${job}/checkpoints/${id}/content`
}

import type { SequencePrediction } from '@unroll/client'
import { formatAnswer } from '../answer_words.ts'
import { figure } from '../run_view.ts'
import { table } from '../table.ts'

/** A row for each sequence; where more was asked of its steps, a table for each. */
export function formatPredictions(predictions: readonly SequencePrediction[]): string[] {
  const rows = predictions.map(({ length, answer }, index) => [String(index), String(length), formatAnswer(answer)])
  const details = predictions.flatMap((prediction, index) => {
    const columns = stepColumns(prediction)
    if (columns.length === 0) return []
    const steps = Array.from({ length: prediction.length }, (_, t) => [
      String(t + 1),
      ...columns.map(([, at]) => at(t)),
    ])
    return ['', `sequence ${index}`, ...table([['STEP', ...columns.map(([name]) => name)], ...steps])]
  })
  return [...table([['SEQUENCE', 'STEPS', 'ANSWER'], ...rows]), ...details]
}

function stepColumns({ steps, saliency, gates = {} }: SequencePrediction): [name: string, at: (t: number) => string][] {
  return [
    ...(steps === undefined
      ? []
      : [['ANSWER', (t: number) => (steps[t] ? formatAnswer(steps[t]) : '')] as [string, (t: number) => string]]),
    ...(saliency === undefined
      ? []
      : [['SALIENCY', (t: number) => figure(Number(saliency[t]))] as [string, (t: number) => string]]),
    ...Object.entries(gates).map(([name, values]): [string, (t: number) => string] => [
      name.toUpperCase(),
      (t) => figure(Number(values[t])),
    ]),
  ]
}

import { EVALUATED_NAMES, type EvaluatedName } from '../metrics.ts'
import { usesDataset, type Data, type ProblemName } from './sections/data.ts'
import { taskProblem } from './tasks/tasks.ts'

/** What an evaluation measures beside the loss, by what is learned of a data set. */
const MEASURED: Readonly<Record<ProblemName | 'text', readonly EvaluatedName[]>> = {
  text: ['evaluation_accuracy', 'evaluation_perplexity', 'evaluation_bits_per_character'],
  next_symbol: ['evaluation_accuracy', 'evaluation_perplexity', 'evaluation_bits_per_character'],
  classification: ['evaluation_accuracy', 'evaluation_macro_f1'],
  sequence_labels: ['evaluation_accuracy', 'evaluation_macro_f1'],
  multi_label: ['evaluation_accuracy', 'evaluation_macro_f1'],
  regression: ['evaluation_mae', 'evaluation_rmse'],
  forecast: ['evaluation_mae', 'evaluation_rmse'],
}

/** What a series must be to be measured on some data, as it never will be; undefined when it will, or the data set must be looked at. */
export function unmeasured(data: Data, series: string): string | undefined {
  if (usesDataset(data)) {
    const { validation_fraction, split } = data
    const isHeldOut =
      split?.validation === undefined ? split !== undefined || validation_fraction > 0 : split.validation > 0
    return isHeldOut ? undefined : explainNothingHeldOut(series)
  }
  const { chance } = taskProblem(data, 1) // sequences of any length have classes, or none
  if (series.endsWith('accuracy'))
    return chance.accuracy === null ? `a loss, as task "${data.task}" has no classes` : undefined
  return series === 'loss' || series === 'evaluation_loss'
    ? undefined
    : 'a loss or an accuracy, as more is measured of data sets alone'
}

function explainNothingHeldOut(series: string): string | undefined {
  return series.startsWith('evaluation') ? 'measured in training, as nothing is held out for evaluation' : undefined
}

/**
 * What a series must be to be measured of what is learned of a data set; undefined where it is.
 *
 * @param isHeldOut whether anything is held out for evaluation
 */
export function explainUnmeasured(problem: ProblemName | 'text', series: string, isHeldOut = true): string | undefined {
  const none = isHeldOut ? undefined : explainNothingHeldOut(series)
  if (none !== undefined) return none
  const measured: readonly string[] = ['loss', 'evaluation_loss', ...MEASURED[problem]]
  const hasClasses = measured.includes('evaluation_accuracy')
  if (measured.includes(series) || (series === 'accuracy' && hasClasses)) return undefined
  const known = [
    'loss',
    ...(hasClasses ? ['accuracy'] : []),
    ...EVALUATED_NAMES.filter((name) => measured.includes(name)),
  ]
  return `one of ${known.join(', ')}, which problem "${problem === 'text' ? 'next_symbol' : problem}" has`
}

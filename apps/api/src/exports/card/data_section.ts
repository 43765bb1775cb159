import { usesDataset, type Dataset, type DecodedField, type Decoding } from '@unroll/contract'
import type { CardFacts } from './card_facts.ts'
import { formatNumber, jsonBlock, plain, table } from './markdown.ts'

/** Classes and symbols that are named; the file of the network has all of them. */
const MOST_NAMED = 40

/** What the network was trained on, and what it reads and answers. */
export function writeData({ job, dataset, decoding }: CardFacts): string {
  const { data } = job.spec
  const source = usesDataset(data)
    ? dataset === undefined
      ? `Data set ${plain(data.dataset)}, which has been deleted since.`
      : describeDataset(dataset)
    : `The built-in task \`${data.task}\`, which draws its sequences from the seed.`
  return ['## Data', source, jsonBlock(data), ...(decoding === undefined ? [] : describeDecoding(decoding))].join(
    '\n\n',
  )
}

function describeDataset(dataset: Dataset): string {
  const what =
    dataset.kind === 'text'
      ? `a text of ${dataset.characters} characters, ${dataset.vocabulary_size} different ${dataset.unit ?? 'character'}s`
      : `${dataset.sequences} sequences of ${dataset.lengths.min} to ${dataset.lengths.max} steps, ${dataset.steps} in all`
  return `Data set ${plain(dataset.name)} (\`${dataset.id}\`): ${what}. SHA-256 of the upload: \`${dataset.sha256}\`.`
}

function describeDecoding(decoding: Decoding): string[] {
  if (decoding.kind === 'text') {
    const { vocabulary, unit = 'character' } = decoding
    return [
      `It reads a ${unit} at each step and answers the next one, of a vocabulary of ${vocabulary.length}: ${name(vocabulary)}.`,
    ]
  }
  const { problem, inputs, outputs } = decoding
  const answered = outputs.classes
    ? `${outputs.classes.length} classes of ${plain(outputs.field ?? '')}: ${name(outputs.classes)}`
    : (outputs.fields ?? []).map((field) => plain(field.name)).join(', ')
  const when = outputs.mode === 'many_to_one' ? 'once, after the last step' : 'at every step'
  return [
    `Problem \`${problem}\`. It answers ${when}: ${answered}.`,
    table(['input', 'type', 'values', 'how it is read'], inputs.fields.map(describeField)),
    `A missing value: \`${inputs.missing}\`.`,
  ]
}

function describeField({ name: field, type, width = 1, categories, scales = [] }: DecodedField): string[] {
  const isNumber = type === 'number'
  const [first] = scales
  const isScaled = first !== undefined && (first.offset !== 0 || first.unit !== 1)
  const more = scales.length > 1 ? ', the first of them' : ''
  return [
    plain(field),
    type,
    isNumber ? `${width} at each step` : `${categories?.length ?? 0}: ${name(categories ?? [])}`,
    isNumber && isScaled ? `(x − ${formatNumber(first.offset)}) / ${formatNumber(first.unit)}${more}` : 'as it is',
  ]
}

function name(values: readonly string[]): string {
  const named = values.slice(0, MOST_NAMED).map((value) => plain(JSON.stringify(value)))
  return [...named, ...(values.length > MOST_NAMED ? ['…'] : [])].join(', ')
}

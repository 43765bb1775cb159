import { CHECKPOINT_FORMATS, CHECKPOINT_FORMAT_NAMES, type JobSpec } from '@unroll/client'
import { element } from '../../dom/element.ts'
import { formatName } from '../../format.ts'

const CARD = 'model card: specification, data, metrics, and what happened to the gradient, with a picture of the flow'

/**
 * A link for each format that can say what a network computes, and one to its model card.
 *
 * @param place the path of a checkpoint or model
 * @param version of a model
 */
export function linkFiles(place: string, { model }: JobSpec, version?: number): HTMLElement[] {
  const able = CHECKPOINT_FORMAT_NAMES.filter((name) => CHECKPOINT_FORMATS[name].refusal(model) === undefined)
  const link = (name: string, file: string, title: string, query: Readonly<Record<string, string>> = {}) => {
    const asked = new URLSearchParams({ ...(version !== undefined && { version: String(version) }), ...query })
    const href = asked.size === 0 ? `${place}/${file}` : `${place}/${file}?${asked}`
    return element('a', {
      text: formatName(name),
      testId: `download-${name}`,
      attributes: { href, download: '', title },
    })
  }
  return [
    ...able.map((name) =>
      link(name, 'content', CHECKPOINT_FORMATS[name].summary, name === 'state' ? {} : { format: name }),
    ),
    link('card', 'card', CARD),
  ]
}

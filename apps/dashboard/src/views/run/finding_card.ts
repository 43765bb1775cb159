import type { ViewContext } from '../../context.ts'
import { element, setText } from '../../dom/element.ts'
import { formatCount, formatName, formatValue } from '../../format.ts'
import { jobHref } from '../../router.ts'
import type { Finding } from '@unroll/client'
import { button } from '../shared/confirmed_button.ts'
import { faultText } from '../shared/request_button.ts'
import { errorWords } from '../shared/words.ts'

/** Takes a past step and changes of a run, to look at the one and to try the others. */
export type OnStep = (step: number, changes?: object) => void

/** One finding: its place, its figures, and the proposed run with a button that submits it. */
export function findingCard(context: ViewContext, finding: Finding, onStep: OnStep | undefined): HTMLElement {
  const { code, title, until_step: until, advice, evidence } = finding
  return element(
    'li',
    { class: 'finding', testId: 'finding', attributes: { 'data-code': code, 'data-active': String(until === null) } },
    element('h3', { text: title }),
    element('p', { class: 'quiet', text: placeWords(finding) }),
    element('dl', { class: 'figures-small' }, ...Object.entries(evidence.figures).map(figure)),
    advice === null ? null : element('p', { text: advice }),
    proposal(context, finding),
    onStep === undefined ? null : again(finding, onStep, context.signal),
  )
}

function proposal(
  { client, signal, recordedAt }: ViewContext,
  { changes, proposed_spec: spec, proposed_with: same }: Finding,
): HTMLElement | null {
  if (same !== null) return element('p', { class: 'quiet', text: `The same run is proposed for ${formatName(same)}.` })
  if (spec === null) return null
  const changesText = element('pre', {}, element('code', { text: JSON.stringify(changes) }))
  if (recordedAt !== undefined) return element('div', { class: 'proposal' }, changesText)
  const submit = button('Submit proposed run', 'submit-proposed')
  const fault = faultText('submit-error')
  const send = async () => {
    submit.disabled = true
    setText(fault, '')
    try {
      const { id } = await client.jobs.create(spec, { signal })
      location.hash = jobHref(id)
    } catch (error) {
      setText(fault, errorWords(error))
      submit.disabled = false
    }
  }
  submit.addEventListener('click', () => void send(), { signal })
  return element('div', { class: 'proposal' }, changesText, submit, fault)
}

/** The newest step of its evidence: there the run is looked at again, or gone on from with the proposed changes. */
function again({ evidence: { to_step: step }, changes }: Finding, onStep: OnStep, signal: AbortSignal): HTMLElement {
  const look = button(`Step ${formatCount(step)} again`, 'finding-again')
  look.addEventListener('click', () => onStep(Math.max(1, step), changes ?? undefined), { signal })
  return element('p', { class: 'actions' }, look)
}

function figure([name, value]: [string, number]): HTMLElement {
  const shown = formatValue(value)
  return element('div', {}, element('dt', { text: formatName(name) }), element('dd', { text: shown }))
}

function placeWords({
  evidence: { layer, timestep, from_step: from, to_step: to },
  until_step: until,
}: Finding): string {
  const steps =
    from === to ? `training step ${formatCount(to)}` : `training steps ${formatCount(from)} to ${formatCount(to)}`
  const words = [
    steps,
    ...(layer === null ? [] : [`layer ${layer}`]),
    ...(timestep === null ? [] : [`time step ${formatCount(timestep)}`]),
    ...(until === null ? [] : [`no longer since step ${formatCount(until)}`]),
  ]
  return words.join(' · ')
}

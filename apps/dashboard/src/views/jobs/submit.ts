import type { ViewContext } from '../../context.ts'
import { element, setText } from '../../dom/element.ts'
import {
  UPLOADED,
  entered,
  formFields,
  buildSpecification,
  getText,
  type FormField,
  type Given,
} from '../../form_fields.ts'
import { formatCount, formatName } from '../../format.ts'
import { jobHref } from '../../router.ts'
import { suggestJob, learningWords } from '../../data/suggestion.ts'
import { JobSpecSchema, UnrollProblem, parsePointer, type Dataset, type JobRequest } from '@unroll/client'
import { button } from '../shared/confirmed_button.ts'
import { errorWords, memoryWords } from '../shared/words.ts'

const CHECK_AFTER_MS = 300
const FIRST: Given = { model: { cell: 'lstm' }, data: { task: 'adding' } }
/** The section of all fields without one. */
const GENERAL = 'job'
/** Sections that are open at the start; most users do not change the others. */
const OPEN: readonly string[] = [GENERAL, 'model', 'data', 'bptt', 'clipping', 'optimizer', 'training']

/**
 * The form that creates a job: every field of a specification, validated by the service while it is filled in.
 *
 * @param dataset the data set for which it is filled in; null for the defaults
 */
export function showSubmit(root: HTMLElement, context: ViewContext, dataset: string | null): void {
  document.title = 'New job · Unroll'
  root.replaceChildren(new SubmitForm(context, dataset).root)
}

class SubmitForm {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #sections: HTMLElement = element('div', { class: 'sections' })
  readonly #verdict: HTMLElement = element('p', {
    class: 'quiet',
    testId: 'form-verdict',
    attributes: { role: 'status' },
  })
  readonly #submit: HTMLButtonElement = button('Submit job', 'submit-job', 'button main')
  readonly #faults = new Map<string, HTMLElement>()
  readonly #note: HTMLElement = element('p', {
    class: 'quiet',
    testId: 'form-note',
    text: 'A field that is left empty has the value shown in it.',
  })
  #given: Given = FIRST
  #datasets: readonly Dataset[] = []
  #check = new AbortController()

  constructor(context: ViewContext, dataset: string | null) {
    this.#context = context
    this.#submit.addEventListener('click', () => void this.#send(), { signal: context.signal })
    this.root = element(
      'section',
      { testId: 'submit-form', attributes: { 'aria-label': 'New job' } },
      element('div', { class: 'section-head' }, element('h1', { text: 'New job' })),
      this.#note,
      this.#sections,
      element('div', { class: 'submit-foot' }, this.#submit, this.#verdict),
    )
    if (dataset === null) this.#build()
    else void this.#fillIn(dataset)
    void this.#loadDatasets()
  }

  /** Begins with a job that suits a data set. */
  async #fillIn(id: string): Promise<void> {
    const { client, signal } = this.#context
    const found = await client.datasets.get(id, { signal }).catch(() => null)
    if (signal.aborted) return
    if (found !== null) {
      this.#datasets = [...this.#datasets.filter((other) => other.id !== id), found]
      this.#given = suggestJob(found)
      setText(this.#note, `Filled in for ${found.name}; each value can be changed. ${formatNote(found)}`)
    } else this.#given = { ...FIRST, data: { dataset: id } }
    this.#build()
  }

  /** Without the list of data sets an id can still be entered. */
  async #loadDatasets(): Promise<void> {
    const { client, signal } = this.#context
    const page = await client.datasets.list({ limit: 100 }, { signal }).catch(() => null)
    const listed = page?.data ?? []
    this.#datasets = [...listed, ...this.#datasets.filter(({ id }) => listed.every((other) => other.id !== id))]
    if (this.#faults.size > 0 && 'dataset' in ((this.#given['data'] as Given | undefined) ?? {})) this.#build()
  }

  /** Creates the fields again: they depend on the choices. */
  #build(): void {
    const open = new Map(
      [...this.#sections.querySelectorAll('details')].map((section) => [section.dataset['section'], section.open]),
    )
    const bySection = new Map<string, FormField[]>()
    for (const field of formFields(JobSpecSchema, this.#given)) {
      const path = parsePointer(field.pointer)
      const section = path.length > 1 ? (path[0] ?? GENERAL) : GENERAL
      bySection.set(section, [...(bySection.get(section) ?? []), field])
    }
    this.#faults.clear()
    const sections = [...bySection].map(([name, fields]) => {
      const section = element(
        'details',
        { class: 'panel', attributes: { 'data-section': name } },
        element('summary', {}, element('h2', { text: formatName(name) })),
        element('div', { class: 'fields' }, ...fields.map((field) => this.#field(field))),
      )
      section.open = open.get(name) ?? OPEN.includes(name)
      return section
    })
    this.#sections.replaceChildren(...sections)
    this.#checkSoon()
  }

  #field(field: FormField): HTMLElement {
    const { pointer, description, decides } = field
    const input = this.#input(field)
    const change = () => {
      this.#given = entered(this.#given, field, input.value)
      if (!decides && pointer !== '/data/dataset') return this.#checkSoon() // the fields to choose from are those of the data set
      this.#build()
      this.#sections.querySelector<HTMLElement>(`[data-testid="field-${CSS.escape(pointer)}"]`)?.focus()
    }
    input.addEventListener(decides ? 'change' : 'input', change, { signal: this.#context.signal })
    const fault = element('span', { class: 'fault', testId: `fault-${pointer}` })
    this.#faults.set(pointer, fault)
    const path = parsePointer(pointer)
    const label = formatName((path.length > 1 ? path.slice(1) : path).join(' · '))
    return element(
      'label',
      { class: 'form-field', attributes: { title: description } },
      element('span', { text: label }),
      input,
      fault,
    )
  }

  #input(field: FormField): HTMLInputElement | HTMLSelectElement {
    const { pointer, kind, fallback } = field
    const text = getText(this.#given, field)
    const testId = `field-${pointer}`
    const choices = this.#choices(field)
    if (kind !== 'choice' && choices.length === 0) {
      const placeholder = fallback === '' && pointer.startsWith('/data/') ? 'found out' : fallback
      const input = element('input', {
        testId,
        attributes: { placeholder, inputmode: kind === 'number' ? 'decimal' : 'text', autocomplete: 'off' },
      })
      input.value = text
      return input
    }
    const isRequired = pointer === '/data/dataset' || field.decides
    const empty = isRequired ? 'choose …' : 'found out'
    const standard = fallback === '' ? empty : `${formatName(fallback)} (default)`
    const options = [{ value: '', text: standard }, ...choices].map((choice) =>
      element('option', { text: choice.text, attributes: { value: choice.value } }),
    )
    const select = element('select', { testId }, ...options)
    select.value = text
    return select
  }

  /** The values to choose from: of some fields those that the data set has. */
  #choices({ pointer, choices }: FormField): { value: string; text: string }[] {
    if (pointer === '/data/dataset') return this.#datasets.map(({ id, name }) => ({ value: id, text: name }))
    const chosen = this.#datasets.find(({ id }) => id === (this.#given['data'] as Given | undefined)?.['dataset'])
    if (pointer === '/data/target' && chosen?.kind === 'sequences')
      return chosen.fields.filter(({ type }) => type !== 'identifier').map(({ name }) => ({ value: name, text: name }))
    return choices.map((value) => ({ value, text: value === UPLOADED ? value : formatName(value) }))
  }

  #checkSoon(): void {
    this.#check.abort()
    this.#check = new AbortController()
    const signal = AbortSignal.any([this.#check.signal, this.#context.signal])
    setTimeout(() => !signal.aborted && void this.#ask(signal), CHECK_AFTER_MS)
  }

  /** Validates the entered specification with the service, and shows faults at their fields. */
  async #ask(signal: AbortSignal): Promise<void> {
    try {
      const { estimate, queue } = await this.#context.client.jobs.dryRun(this.#request, { signal })
      const cost = `${formatCount(estimate.parameters)} parameters · ${memoryWords(estimate)} of memory`
      this.#show([], `${cost} · waits for ${queue.waiting_for}`)
    } catch (error) {
      if (!signal.aborted) this.#refused(error)
    }
  }

  async #send(): Promise<void> {
    this.#check.abort()
    this.#submit.disabled = true
    try {
      const { id } = await this.#context.client.jobs.create(this.#request)
      location.hash = jobHref(id)
    } catch (error) {
      this.#refused(error)
      this.#submit.disabled = false
    }
  }

  /** The entered values need not be a valid specification: the service reports faults. */
  get #request(): JobRequest {
    return buildSpecification(JobSpecSchema, this.#given) as unknown as JobRequest
  }

  #refused(error: unknown): void {
    const faults = error instanceof UnrollProblem ? (error.problem.errors ?? []) : []
    this.#show(faults, faults.length === 0 ? errorWords(error) : '')
  }

  /** Each fault at its field; a fault without a visible field is shown below. */
  #show(faults: readonly { pointer: string; detail: string }[], verdict: string): void {
    const at = new Map(faults.map(({ pointer, detail }) => [pointer, detail]))
    for (const [pointer, target] of this.#faults) {
      const detail = at.get(pointer)
      setText(target, detail ?? '')
      const section = target.closest('details')
      if (detail !== undefined && section !== null) section.open = true
    }
    const homeless = faults
      .filter(({ pointer }) => !this.#faults.has(pointer))
      .map(({ pointer, detail }) => `${pointer}: ${detail}`)
    const count = faults.length === 1 ? '1 field is at fault' : `${faults.length} fields are at fault`
    setText(
      this.#verdict,
      [...(faults.length === 0 ? [] : [count]), ...homeless, ...(verdict === '' ? [] : [verdict])].join(' · '),
    )
    this.#submit.disabled = faults.length > 0
  }
}

/** What a job on the data set learns unless the form says otherwise. */
function formatNote(dataset: Dataset): string {
  const words = learningWords(dataset)
  return words === undefined ? 'What it is to learn must be chosen.' : `It learns ${words}.`
}

import type { ViewContext } from '../../context.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import type { Job } from '@unroll/client'
import { parseTags, NOTE, TAGS } from '../../data/tags.ts'
import { button } from '../shared/confirmed_button.ts'
import { labelledField } from '../shared/labelled_field.ts'
import { RequestButton } from '../shared/request_button.ts'

/** Longest value of metadata. */
const MOST_CHARACTERS = '512'

/** The tags and the note of a job, with a form that changes them, and the other pairs of its metadata. */
export class Notes {
  readonly root: HTMLElement
  readonly #shown: HTMLElement = element('span', { class: 'tags', testId: 'tags' })
  readonly #note: HTMLElement = element('span', { class: 'note', testId: 'note' })
  readonly #edit: HTMLButtonElement = button('Notes and tags', 'edit-notes', 'button small')
  readonly #form: HTMLElement
  readonly #tagsField: HTMLInputElement = element('input', {
    testId: 'tags-field',
    attributes: { maxlength: MOST_CHARACTERS, placeholder: 'baseline, paper figure 2' },
  })
  readonly #noteField: HTMLTextAreaElement = element('textarea', {
    testId: 'note-field',
    attributes: { maxlength: MOST_CHARACTERS, rows: '3' },
  })
  #metadata: Job['metadata'] = {}

  constructor({ client, signal, recordedAt }: ViewContext, id: string, changed: (job: Job) => void) {
    const save = async () => {
      const tags = parseTags(this.#tagsField.value).join(', ')
      const note = this.#noteField.value.trim()
      const metadata = { [TAGS]: tags === '' ? null : tags, [NOTE]: note === '' ? null : note }
      changed(await client.jobs.update(id, { metadata }, { signal }))
      this.#open(false)
    }
    const request = new RequestButton('save-notes', 'Save', save, signal)
    const close = button('Close', 'close-notes')
    this.#form = element(
      'div',
      { class: 'notes-form' },
      labelledField('Tags, separated by commas', this.#tagsField),
      labelledField('Note', this.#noteField),
      element('div', { class: 'controls' }, request.button, close, request.fault),
    )
    this.#edit.addEventListener('click', () => this.#open(this.#form.hidden === true), { signal })
    close.addEventListener('click', () => this.#open(false), { signal })
    this.root = element(
      'div',
      { class: 'notes' },
      element('div', { class: 'notes-line' }, this.#shown, this.#note, recordedAt === undefined ? this.#edit : null),
      this.#form,
    )
    this.#open(false)
  }

  show({ metadata }: Pick<Job, 'metadata'>): void {
    if (JSON.stringify(metadata) === JSON.stringify(this.#metadata)) return
    this.#metadata = metadata
    const { [TAGS]: tags = '', [NOTE]: note = '', ...others } = metadata
    const chips = [...parseTags(tags), ...Object.entries(others).map(([name, value]) => `${name}: ${value}`)]
    this.#shown.replaceChildren(...chips.map((text) => element('span', { class: 'tag', text })))
    setText(this.#note, note)
  }

  #open(isOpen: boolean): void {
    this.#form.hidden = !isOpen
    setAttribute(this.#edit, 'aria-expanded', String(isOpen))
    if (!isOpen) return
    this.#tagsField.value = this.#metadata[TAGS] ?? ''
    this.#noteField.value = this.#metadata[NOTE] ?? ''
    this.#tagsField.focus()
  }
}

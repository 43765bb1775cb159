import type { ViewContext } from '../../context.ts'
import { readColumnNames } from '../../data/column_names.ts'
import { PREVIEW_BYTES, takeFirstPart } from '../../data/first_part.ts'
import { keyed } from '../shared/key_dialog.ts'
import { asFormat, fetchWithProgress } from '../../data/upload_fetch.ts'
import { makeUploadKey } from '../../data/upload_key.ts'
import { element, setAttribute, setText } from '../../dom/element.ts'
import { formatBytes } from '../../format.ts'
import { datasetHref } from '../../router.ts'
import { UnrollClient, UnrollProblem, formatOfName, type DatasetDryRun, type DatasetFormat } from '@unroll/client'
import { labelledField } from '../shared/labelled_field.ts'
import { button } from '../shared/confirmed_button.ts'
import { errorWords } from '../shared/words.ts'
import { createContents } from './contents.ts'
import { DropZone } from './drop_zone.ts'
import { faultsTable } from './faults_table.ts'
import { sentWords } from './sent_words.ts'
import {
  noChoices,
  readOptionsForm,
  chooseSource,
  takenSelect,
  toUploadOptions,
  type ReadChoices,
} from './read_options.ts'

/** Bytes of a part: some seconds over a slow connection, after each of which the progress is told. */
const PART_BYTES = 4 * 2 ** 20

/** Data sets among which the same file is looked for. */
const NEWEST = 100

/** A file that is shown before it is uploaded. */
interface Chosen {
  readonly file: File
  name: string
  readonly choices: ReadChoices
  /** Names that fields have in the file, as far as they were met. */
  readonly names: Set<string>
  /** Names of columns as the first line of a table has them. */
  columns: readonly string[]
}

/** Chooses a file, shows what is in it before anything is stored, and uploads it. */
export class UploadPanel {
  readonly root: HTMLElement
  readonly #context: ViewContext
  readonly #drop: DropZone
  readonly #stage: HTMLElement = element('div', { class: 'stage', testId: 'upload-stage' })
  readonly #title: HTMLElement = element('h3', { testId: 'upload-name', attributes: { tabindex: '-1' } })
  readonly #size: HTMLElement = element('span', { class: 'quiet' })
  readonly #status: HTMLElement = element('p', { testId: 'upload-status', attributes: { role: 'status' } })
  readonly #bar: HTMLProgressElement = element('progress', {
    testId: 'upload-progress',
    attributes: { 'aria-label': 'Sent' },
  })
  readonly #options: HTMLElement = element('div')
  readonly #preview: HTMLElement = element('div', { class: 'contents', testId: 'preview' })
  readonly #upload: HTMLButtonElement = button('Upload', 'upload', 'button main')
  readonly #discard: HTMLButtonElement = button('Discard', 'upload-discard')
  #chosen: Chosen | undefined
  #work = new AbortController()

  constructor(context: ViewContext) {
    this.#context = context
    const { signal } = context
    this.#drop = new DropZone((file) => this.#choose(file), signal)
    this.#stage.hidden = true
    this.root = element(
      'section',
      { class: 'panel', attributes: { 'aria-label': 'Upload' } },
      element('h2', { text: 'Upload' }),
      this.#drop.root,
      this.#stage,
    )
    this.#stage.append(
      element('div', { class: 'section-head' }, this.#title, this.#size),
      this.#options,
      this.#preview,
      element(
        'div',
        { class: 'stage-foot' },
        this.#bar,
        this.#status,
        element('div', { class: 'actions' }, this.#discard, this.#upload),
      ),
    )
    this.#upload.addEventListener('click', () => void this.#send(), { signal })
    this.#discard.addEventListener('click', () => this.#close(), { signal })
    signal.addEventListener('abort', () => this.#work.abort(), { once: true })
  }

  #choose(file: File): void {
    const choices = noChoices(formatOfName(file.name) ?? '')
    this.#chosen = { file, name: file.name, choices, names: new Set(), columns: [] }
    this.#drop.root.hidden = true
    this.#stage.hidden = false
    setText(this.#title, file.name)
    setText(this.#size, formatBytes(file.size))
    this.#preview.replaceChildren()
    this.#title.focus()
    this.#look()
  }

  #close(): void {
    this.#work.abort()
    this.#chosen = undefined
    this.#stage.hidden = true
    this.#drop.root.hidden = false
    this.#drop.focus()
  }

  #fresh(): AbortSignal {
    this.#work.abort()
    this.#work = new AbortController()
    return this.#work.signal
  }

  /** Shows what is in the file as it is read now. */
  #look(): void {
    const chosen = this.#chosen
    if (chosen === undefined) return
    this.#showOptions(chosen)
    this.#upload.disabled = true
    const { format } = chosen.choices
    const signal = this.#fresh()
    if (format === '') {
      this.#bar.hidden = true
      return setText(this.#status, 'Its name does not tell the format: choose it above.')
    }
    void this.#try(chosen, format, signal)
  }

  /** The columns can be chosen even where the table cannot be read yet. */
  async #readColumns(chosen: Chosen): Promise<void> {
    const { format } = chosen.choices
    chosen.columns = format === 'csv' || format === 'tsv' ? await readColumnNames(chosen.file).catch(() => []) : []
  }

  async #try(chosen: Chosen, format: DatasetFormat, signal: AbortSignal): Promise<void> {
    const { file } = chosen
    try {
      await this.#readColumns(chosen)
      const part = await takeFirstPart(file, format)
      const isWhole = part.size === file.size
      const what = isWhole ? formatBytes(file.size) : `the first ${formatBytes(part.size)} of ${formatBytes(file.size)}`
      this.#begin(`Reading ${what} …`)
      const client = new UnrollClient({ fetch: keyed(fetchWithProgress((sent, total) => this.#sent(sent, total))) })
      const found = await client.datasets.dryRun(asFormat(part, format), {
        name: chosen.name,
        ...toUploadOptions(chosen.choices),
        signal,
      })
      if (signal.aborted) return
      this.#showFound(chosen, found, isWhole)
    } catch (error) {
      if (!signal.aborted) this.#refused(chosen, error)
    }
  }

  #showFound(chosen: Chosen, found: DatasetDryRun, isWhole: boolean): void {
    this.#end()
    if (found.kind === 'sequences') for (const field of found.fields) chosen.names.add(chooseSource(field))
    this.#showOptions(chosen)
    const samples = found.kind === 'sequences' ? found.samples : []
    const control = {
      title: 'Take as',
      of: (field: Parameters<typeof chooseSource>[0]) => this.#take(chosen, chooseSource(field)),
    }
    this.#preview.replaceChildren(...createContents(found, samples, control), this.#leftOut(chosen))
    const part = isWhole
      ? ''
      : ` This is the first ${formatBytes(PREVIEW_BYTES)}, whose last sequence may be cut; the upload reads all of it.`
    setText(this.#status, `Nothing is stored yet.${part}`)
    if (isWhole) void this.#nameTwin(chosen, found.sha256)
    this.#upload.disabled = false
  }

  /** The same file may be there already. */
  async #nameTwin(chosen: Chosen, sha256: string): Promise<void> {
    const { client, signal } = this.#context
    const page = await client.datasets.list({ limit: NEWEST }, { signal }).catch(() => null)
    const twin = page?.data.find((dataset) => dataset.sha256 === sha256)
    if (twin === undefined || this.#chosen !== chosen || this.#upload.disabled) return
    const link = element('a', { text: twin.name, attributes: { href: datasetHref(twin.id) } })
    this.#status.append(' The same file is here already: ', link, '.')
  }

  /** Fields that are left out are met no more: here they can be taken in again. */
  #leftOut({ choices, names }: Chosen): HTMLElement {
    const left = [...names].filter((name) => choices.taken.get(name) === 'ignore')
    const line = element('p', { class: 'left-out', testId: 'left-out' }, left.length === 0 ? '' : 'Left out: ')
    for (const name of left) {
      const again = button(`Take in ${name}`, `take-in-${name}`)
      const takeIn = () => {
        choices.taken.delete(name)
        this.#look()
      }
      again.addEventListener('click', takeIn, { signal: this.#context.signal })
      line.append(again)
    }
    line.hidden = left.length === 0
    return line
  }

  #take({ choices }: Chosen, source: string): HTMLElement {
    return takenSelect(choices, source, { onChange: () => this.#look(), signal: this.#context.signal })
  }

  /** @param isOpen whether to unfold the rarer options */
  #showOptions(
    { choices, names, columns }: Chosen,
    isOpen = this.#options.querySelector('details')?.open === true,
  ): void {
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset['testid'] : undefined
    const onChange = () => this.#look()
    this.#options.replaceChildren(
      readOptionsForm(choices, [...new Set([...columns, ...names])], {
        isOpen,
        onChange,
        signal: this.#context.signal,
      }),
    )
    if (focused !== undefined) this.#options.querySelector<HTMLElement>(`[data-testid="${focused}"]`)?.focus()
  }

  #refused(chosen: Chosen, error: unknown): void {
    this.#end()
    const faults = error instanceof UnrollProblem ? error.faults : []
    for (const { pointer, line } of faults) if (line !== undefined && pointer !== '') chosen.names.add(pointer)
    this.#showOptions(chosen, true)
    setText(this.#status, `${errorWords(error)}. Correct the file, or how it is read above.`)
    const fields = [...chosen.names].map((name) => labelledField(name, this.#take(chosen, name)))
    this.#preview.replaceChildren(
      ...(error instanceof UnrollProblem ? [faultsTable(error.problem)] : []),
      ...(fields.length === 0
        ? []
        : [element('h3', { text: 'Take as' }), element('div', { class: 'fields' }, ...fields)]),
    )
    this.#upload.disabled = true
  }

  /** Uploads the whole file in parts, from where an earlier upload of it broke off, and goes on to the page of the data set. */
  async #send(): Promise<void> {
    const chosen = this.#chosen
    if (chosen === undefined) return
    const { file, name, choices } = chosen
    const { format } = choices
    if (format === '') return
    const signal = this.#fresh()
    const started = performance.now()
    this.#upload.disabled = true
    this.#begin('Uploading …')
    const onProgress = (sent: number, total: number) => {
      this.#sent(sent, total)
      setText(this.#status, sentWords(sent, total, (performance.now() - started) / 1000))
    }
    try {
      const query = { name, ...toUploadOptions(choices) }
      const { id } = await this.#context.client.datasets.createInParts(asFormat(file, format), {
        ...query,
        uploadKey: makeUploadKey(file, query),
        partBytes: PART_BYTES,
        onProgress,
        signal,
      })
      location.hash = datasetHref(id)
    } catch (error) {
      if (signal.aborted) return
      const isOfFile = error instanceof UnrollProblem && error.status < 500
      if (isOfFile) return this.#refused(chosen, error)
      this.#end()
      setText(this.#status, `${errorWords(error)}. Upload again: it goes on from where it broke off.`)
      this.#upload.disabled = false
    }
  }

  #begin(words: string): void {
    this.#bar.hidden = false
    this.#bar.removeAttribute('value')
    setAttribute(this.#stage, 'aria-busy', 'true')
    setText(this.#status, words)
  }

  #sent(sent: number, total: number): void {
    if (sent >= total) return this.#bar.removeAttribute('value') // the service reads what it has
    this.#bar.max = total
    this.#bar.value = sent
  }

  #end(): void {
    this.#bar.hidden = true
    setAttribute(this.#stage, 'aria-busy', null)
  }
}

import { element, setAttribute } from '../../dom/element.ts'
import { DATASET_FORMATS, FORMAT_NAMES } from '@unroll/client'

/** Where a file is dropped, or chosen by keyboard or pointer. */
export class DropZone {
  readonly root: HTMLElement
  readonly #input: HTMLInputElement
  readonly #onFile: (file: File) => void

  constructor(onFile: (file: File) => void, signal: AbortSignal) {
    this.#onFile = onFile
    const extensions = DATASET_FORMATS.flatMap((format) => FORMAT_NAMES[format].extensions)
    this.#input = element('input', {
      class: 'unseen',
      testId: 'upload-file',
      attributes: { type: 'file', accept: extensions.join(','), 'aria-describedby': 'upload-formats' },
    })
    this.root = element(
      'label',
      { class: 'drop', testId: 'upload-drop' },
      this.#input,
      element('strong', { text: 'Drop a file here, or choose one' }),
      element('span', {
        class: 'quiet',
        text: 'CSV, TSV, JSONL, text, Arrow, Feather, Parquet, NumPy, .ts. It is shown before anything is stored.',
        attributes: { id: 'upload-formats' },
      }),
    )
    const choose = () => {
      const [file] = this.#input.files ?? []
      this.#input.value = '' // the same file can be chosen again
      if (file !== undefined) onFile(file)
    }
    this.#input.addEventListener('change', choose, { signal })
    this.#listenForDrops(signal)
  }

  focus(): void {
    this.#input.focus()
  }

  /** A file that misses the field would be opened in place of the page. */
  #listenForDrops(signal: AbortSignal): void {
    const over = (isOver: boolean) => setAttribute(this.root, 'data-over', isOver ? 'true' : null)
    const drag = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      over(true)
    }
    const drop = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      over(false)
      const [file] = event.dataTransfer?.files ?? []
      if (file !== undefined) this.#onFile(file)
    }
    window.addEventListener('dragover', drag, { signal })
    window.addEventListener('dragleave', (event) => event.relatedTarget === null && over(false), { signal })
    window.addEventListener('drop', drop, { signal })
  }
}

function hasFiles({ dataTransfer }: DragEvent): boolean {
  return dataTransfer?.types.includes('Files') === true
}

import { element, setText } from '../../dom/element.ts'

const SHOWN_MS = 2_000

/** A command line with a button that copies it. */
export function copyable(text: string, { testId, signal }: { testId: string; signal: AbortSignal }): HTMLElement {
  const code = element('code', { text, testId })
  const button = element('button', { class: 'button', text: 'Copy', attributes: { type: 'button' } })
  button.addEventListener('click', () => void copy(text, { code, button }), { signal })
  return element('div', { class: 'copyable' }, element('pre', {}, code), button)
}

/** Without access to the clipboard (on an insecure origin) the text is selected instead. */
async function copy(text: string, { code, button }: { code: HTMLElement; button: HTMLElement }): Promise<void> {
  try {
    await navigator.clipboard.writeText(text)
    setText(button, 'Copied')
  } catch {
    getSelection()?.selectAllChildren(code)
    setText(button, 'Selected')
  }
  setTimeout(() => setText(button, 'Copy'), SHOWN_MS)
}

import { keyedFetch } from '../../data/keyed_fetch.ts'
import { element } from '../../dom/element.ts'

/** A `fetch` that sends the key of this tab, and asks for one where the service needs one. */
export function keyed(send: typeof fetch): typeof fetch {
  return keyedFetch(send, askForKey, sessionStorage)
}

/** Asks for a key of the service, until one is given. */
function askForKey(): Promise<string> {
  return new Promise((resolve) => {
    const input = element('input', {
      testId: 'api-key',
      attributes: { type: 'password', name: 'key', required: '', autocomplete: 'off', placeholder: 'unroll_…' },
    })
    const form = element(
      'form',
      { attributes: { method: 'dialog' } },
      element('p', { text: 'This service needs a key. It is kept until this tab is closed.' }),
      element('label', { text: 'Key ' }, input),
      element('button', { text: 'Use it', testId: 'use-key' }),
    )
    const dialog = element('dialog', { class: 'key' }, form)
    dialog.addEventListener('cancel', (event) => event.preventDefault())
    form.addEventListener('submit', () => {
      dialog.remove()
      resolve(input.value.trim())
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

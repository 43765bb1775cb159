import MiniSearch from 'minisearch'
import { SEARCH_OPTIONS, type Found } from '../search_options.ts'

const INDEX = '/docs/search.json'
const SHOWN = 12
const SHORTCUT = '/'

type Result = Found & { id: string }

/** Searches the index, which is loaded once the field has the focus. */
export function startSearch(): void {
  const field = document.querySelector<HTMLInputElement>('#search')
  const list = document.querySelector<HTMLOListElement>('#found')
  if (field === null || list === null) return
  let index: Promise<MiniSearch> | undefined
  const load = () =>
    (index ??= fetch(INDEX).then(async (response) => MiniSearch.loadJSON(await response.text(), SEARCH_OPTIONS)))
  field.addEventListener('focus', () => void load())
  field.addEventListener('input', () => {
    void load().then((search) => show(list, field.value.trim(), search))
  })
  field.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') list.querySelector('a')?.click()
    if (event.key === 'Escape') field.blur()
  })
  document.addEventListener('keydown', (event) => {
    if (event.key !== SHORTCUT || event.target instanceof HTMLInputElement) return
    event.preventDefault()
    field.focus()
  })
  document.addEventListener('click', (event) => {
    if (!(event.target instanceof Node && list.contains(event.target)) && event.target !== field) list.hidden = true
  })
}

function show(list: HTMLOListElement, words: string, search: MiniSearch): void {
  const found = words === '' ? [] : (search.search(words).slice(0, SHOWN) as unknown as Result[])
  list.hidden = words === ''
  list.replaceChildren(...(found.length === 0 ? [item('Nothing found')] : found.map(resultItem)))
}

function resultItem({ id, page, title }: Result): HTMLLIElement {
  const link = document.createElement('a')
  link.href = id
  link.textContent = title === page ? page : `${page} › ${title}`
  return item(link)
}

function item(content: string | Node): HTMLLIElement {
  const li = document.createElement('li')
  li.append(content)
  return li
}

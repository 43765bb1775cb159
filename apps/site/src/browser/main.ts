import { addCopyButtons } from './copy.ts'
import { addRunButtons } from './examples.ts'
import { startSearch } from './search.ts'

const NARROW = matchMedia('(max-width: 900px)')
const menu = document.querySelector<HTMLDetailsElement>('details.menu')
if (menu !== null && NARROW.matches) menu.open = false
addCopyButtons()
addRunButtons()
startSearch()

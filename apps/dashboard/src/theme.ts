/** Custom properties of `style.css` that the charts use. */
export type ThemeColour =
  | '--surface'
  | '--text'
  | '--muted'
  | '--line'
  | '--series-1'
  | '--series-2'
  | '--series-3'
  | '--series-4'
  | '--series-5'
  | '--series-6'
  | '--guide'
  | '--alert'
  | '--waiting'

/** The colours of the current theme, as far as they were asked for: the style of the page is looked up once a theme. */
const colours = new Map<ThemeColour, string>()
const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)')
dark?.addEventListener('change', () => colours.clear())

/** The current colour of the page, in the light or dark theme. */
export function themeColour(name: ThemeColour): string {
  const known = colours.get(name)
  if (known !== undefined) return known
  const colour = getComputedStyle(document.documentElement).getPropertyValue(name).trim()
  colours.set(name, colour)
  return colour
}

/** Calls `redraw` whenever the colours change, until `signal` aborts. */
export function onThemeChange(redraw: () => void, signal: AbortSignal): void {
  dark?.addEventListener('change', redraw, { signal })
}

export const CANVAS_FONT = '11px system-ui, sans-serif'

/** Colours of lines that are told apart by colour alone, in their order. */
export const SERIES_COLOURS: readonly ThemeColour[] = [
  '--series-1',
  '--series-2',
  '--series-4',
  '--series-5',
  '--series-6',
  '--series-3',
]

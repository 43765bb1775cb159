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

/** The current colour of the page, in the light or dark theme. */
export function themeColour(name: ThemeColour): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

/** Calls `redraw` whenever the colours change, until `signal` aborts. */
export function onThemeChange(redraw: () => void, signal: AbortSignal): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw, { signal })
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

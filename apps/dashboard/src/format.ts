const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const DIGITS = 4
/** Made once: `toLocaleString` makes one each time, which takes a hundred times as long as to use it. */
const COUNT = new Intl.NumberFormat('en')
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** A count with separated thousands: `12,345`. */
export function formatCount(count: number): string {
  return COUNT.format(count)
}

/** Two counts as a range, or one if they are equal: `1,025–2,048`. */
export function formatRange(first: number, last: number): string {
  return first === last ? formatCount(first) : `${formatCount(first)}–${formatCount(last)}`
}

/** A measured value with four digits: `0.01234`, `1.234e−7`; NaN and ±Infinity by name. */
export function formatValue(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Infinity' : '−Infinity'
  if (value === 0) return '0'
  const magnitude = Math.abs(value)
  const text = magnitude >= 1e-3 && magnitude < 1e5 ? String(Number(value.toPrecision(DIGITS))) : exponential(value)
  return text.replaceAll('-', '−')
}

/** How long ago `time` was at `now`: `just now`, `5 min ago`, `3 h ago`, `2 d ago`. */
export function formatAge(time: string, now: number): string {
  const seconds = Math.max(0, (now - Date.parse(time)) / 1000)
  if (seconds < 5) return 'just now'
  if (seconds < MINUTE) return `${Math.floor(seconds)} s ago`
  if (seconds < HOUR) return `${Math.floor(seconds / MINUTE)} min ago`
  if (seconds < DAY) return `${Math.floor(seconds / HOUR)} h ago`
  return `${Math.floor(seconds / DAY)} d ago`
}

/** `user_cancelled` as `user cancelled`. */
export function formatName(name: string): string {
  return name.replaceAll('_', ' ')
}

/** A size in its largest binary unit: `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const unit = Math.min(BYTE_UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10))
  return `${Number((bytes / 1024 ** unit).toPrecision(3))} ${BYTE_UNITS[unit]}`
}

function exponential(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential(DIGITS - 1).split('e')
  return `${Number(mantissa)}e${Number(exponent)}`
}

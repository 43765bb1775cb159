const MINUTE = 60
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A length of time in its two largest units: `42 s`, `3 min 20 s`, `1 h 4 min`, `2 d 3 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < MINUTE) return `${whole} s`
  if (whole < HOUR) return pair(whole, [MINUTE, 'min'], [1, 's'])
  if (whole < DAY) return pair(whole, [HOUR, 'h'], [MINUTE, 'min'])
  return pair(whole, [DAY, 'd'], [HOUR, 'h'])
}

type Unit = readonly [seconds: number, name: string]

function pair(seconds: number, [large, largeName]: Unit, [small, smallName]: Unit): string {
  const rest = Math.floor((seconds % large) / small)
  return `${Math.floor(seconds / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`
}

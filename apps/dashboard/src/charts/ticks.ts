/** A position on an axis and its label. Minor ticks have no label. */
export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Range {
  readonly min: number
  readonly max: number
}

const NICE = [1, 2, 5, 10]
const DECADES = [1, 2, 3, 5, 10]
/** Ticks within a decade, if there is room. */
const DIGITS = [1, 2, 5]
/** Approximate number of even ticks of a narrow range on a log axis. */
const EVEN = 6
const SUPERSCRIPT = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹']

/** At most about `count` round values between `min` and `max`, with the same number of decimals. */
export function linearTicks({ min, max }: Range, count: number): Tick[] {
  const step = niceStep((max - min) / Math.max(1, count))
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9))
  return multiples(step, { min, max }).map((at) => ({ at, label: tickLabel(at, decimals) }))
}

/** Whole numbers between `min` and `max`: for counts, where half a step has no meaning. */
export function integerTicks({ min, max }: Range, count: number): Tick[] {
  const step = Math.max(1, niceStep((max - min) / Math.max(1, count)))
  return multiples(step, { min, max }).map((at) => ({ at, label: tickLabel(at, 0) }))
}

/**
 * Ticks of a log axis whose `range` is in powers of ten: decades, reduced to about `count`; if there is room, also 2
 * and 5 between them.
 */
export function logTicks({ min, max }: Range, count: number): Tick[] {
  if ((max - min) * DIGITS.length <= count + DIGITS.length) return withinDecades({ min, max })
  const step = DECADES.find((decades) => (max - min) / decades <= count + 1) ?? Math.ceil((max - min) / count)
  return multiples(step, { min, max }).map((at) => ({ at, label: powerOfTen(at) }))
}

/** `10ⁿ` with n raised. */
export function powerOfTen(exponent: number): string {
  const digits = String(Math.abs(exponent)).replace(/\d/g, (digit) => SUPERSCRIPT[Number(digit)] ?? '')
  return `10${exponent < 0 ? '⁻' : ''}${digits}`
}

/** Ticks at 1, 2 and 5 of each decade; even ticks for a range with fewer than three of them. */
function withinDecades({ min, max }: Range): Tick[] {
  const decades = Array.from({ length: Math.ceil(max) - Math.floor(min) + 1 }, (_, index) => Math.floor(min) + index)
  const ticks = decades
    .flatMap((exponent) => DIGITS.map((digit) => ({ exponent, digit, at: exponent + Math.log10(digit) })))
    .filter(({ at }) => at >= min - 1e-9 && at <= max + 1e-9)
    .map(({ exponent, digit, at }) => ({ at, label: decimalLabel(digit, exponent) }))
  if (ticks.length >= 3) return ticks
  return linearTicks({ min: 10 ** min, max: 10 ** max }, EVEN).map(({ at, label }) => ({ at: Math.log10(at), label }))
}

function decimalLabel(digit: number, exponent: number): string {
  if (exponent > 3 || exponent < -3) return `${digit === 1 ? '' : `${digit}·`}${powerOfTen(exponent)}`
  return String(Number((digit * 10 ** exponent).toPrecision(1)))
}

function multiples(step: number, { min, max }: Range): number[] {
  const first = Math.ceil(min / step - 1e-9)
  const last = Math.floor(max / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step)
}

function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough))
  return (NICE.find((nice) => nice * power >= rough * (1 - 1e-9)) ?? 10) * power
}

const FORMATS = new Map<number, Intl.NumberFormat>()

/** Each is made once, as that takes a hundred times as long as to use it. */
function fixedFormat(decimals: number): Intl.NumberFormat {
  const format =
    FORMATS.get(decimals) ??
    new Intl.NumberFormat('en', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
  FORMATS.set(decimals, format)
  return format
}

function tickLabel(at: number, decimals: number): string {
  if (at === 0 && decimals > 5) return '0'
  if (Math.abs(at) >= 1e9 || decimals > 5) return scientific(at)
  if (Math.abs(at) >= 1e6) return `${Number((at / 1e6).toFixed(2))}M`
  return fixedFormat(decimals).format(at).replace('-', '−')
}

/** `1.5·10⁹` */
function scientific(value: number): string {
  const [mantissa = '', exponent = ''] = value.toExponential(2).split('e')
  return `${Number(mantissa)}·${powerOfTen(Number(exponent))}`.replace('-', '−')
}

const MOST_LOW_DIGITS = 15
const MOST_EXPONENT = 22
/** Powers of ten that float64 has exactly. */
const POWERS: Float64Array = Float64Array.from({ length: MOST_EXPONENT + 1 }, (_, n) => Number(`1e${n}`))
/** Whole numbers below are float64 exactly, and sums that are not below are never rounded to one that is. */
const EXACT = 2 ** 53
/** Cuts a float64 into two halves of 26 bits (Veltkamp). */
const SPLITTER = 2 ** 27 + 1
/** More than what the steps below may be off, relative to what they add. */
const DOUBT = 2 ** -48

/**
 * The float64 that is nearest to (high · 10^lowDigits + low) · 10^exponent.
 *
 * One multiplication or division is exact enough where all digits fit into `high` (Clinger, "How to read floating point numbers
 * accurately", 1990). Longer numerals are computed with twice the digits (Dekker, "A floating-point technique for extending
 * the available precision", 1971).
 *
 * @param high a whole number below 2^53
 * @param low what follows in `lowDigits` further digits
 * @returns NaN where this does not tell the nearest one
 */
export function nearestDouble(high: number, low: number, lowDigits: number, exponent: number): number {
  // Short enough to be compiled into its callers.
  const digits = lowDigits === 0 ? high : high * (POWERS[lowDigits] as number) + low
  if (digits < EXACT && exponent <= 0 && exponent >= -MOST_EXPONENT) return digits / (POWERS[-exponent] as number)
  return nearestOfLong(high, low, lowDigits, exponent)
}

function nearestOfLong(high: number, low: number, lowDigits: number, exponent: number): number {
  if (lowDigits > MOST_LOW_DIGITS || exponent > MOST_EXPONENT || exponent < -MOST_EXPONENT) return NaN
  const power = POWERS[Math.abs(exponent)] as number
  if (lowDigits === 0) return high * power
  const scale = POWERS[lowDigits] as number
  const digits = high * scale
  const rest = productError(high, scale, digits) + low
  const main = exponent < 0 ? digits / power : digits * power
  const error = exponent < 0 ? remainder(digits, main, power) / power : productError(digits, power, main)
  const added = exponent < 0 ? rest / power : rest * power
  const doubt = (Math.abs(error) + Math.abs(added)) * DOUBT
  const least = main + (error + added - doubt)
  return least === main + (error + added + doubt) ? least : NaN
}

/** What a rounded product lacks of the exact one, exactly. */
function productError(a: number, b: number, product: number): number {
  const highA = a * SPLITTER - (a * SPLITTER - a)
  const highB = b * SPLITTER - (b * SPLITTER - b)
  const lowA = a - highA
  const lowB = b - highB
  return lowA * lowB - (product - highA * highB - lowA * highB - highA * lowB)
}

/** dividend − quotient · divisor, exactly, where the quotient is the rounded one. */
function remainder(dividend: number, quotient: number, divisor: number): number {
  const product = quotient * divisor
  return dividend - product - productError(quotient, divisor, product)
}

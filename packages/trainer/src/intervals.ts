/** Whether this is an `every`-th step; never if `every` is 0. */
export function isMultiple(every: number, step: number): boolean {
  return every > 0 && step % every === 0
}

/**
 * Whether a measurement every `every` steps is due: at the first step, every multiple and the last; never if `every` is
 * 0.
 */
export function isDue(every: number, step: number, lastStep: number): boolean {
  return isMultiple(every, step) || (every > 0 && (step === 1 || step === lastStep))
}

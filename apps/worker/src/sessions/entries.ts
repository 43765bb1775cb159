/** Whether an entry of a log is after another: `<milliseconds>-<number>`. */
export function isAfter(entry: string, other: string): boolean {
  const [ms = 0, number = 0] = entry.split('-').map(Number)
  const [otherMs = 0, otherNumber = 0] = other.split('-').map(Number)
  return ms > otherMs || (ms === otherMs && number > otherNumber)
}

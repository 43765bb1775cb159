/** What clients of a load have met. */
export class Tally {
  /** Milliseconds from each request to the end of its answer. */
  readonly times: number[] = []
  readonly errors: Map<string, number> = new Map()
  /** Answers by status. */
  readonly statuses: Map<number, number> = new Map()
  /** Polls that were due while the one before was not answered. */
  late = 0
  bytes = 0
  /** Rows that were looked at, each found to be the next one. */
  rowsChecked = 0

  error(what: string): void {
    this.errors.set(what, (this.errors.get(what) ?? 0) + 1)
  }

  answered(status: number, ms: number): void {
    this.times.push(ms)
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    if (status >= 400) this.error(`status ${status}`)
  }

  /** Counts rows that must be those behind step `after`, without a gap. Returns the last of them. */
  check(steps: readonly number[], after: number): number {
    for (const [at, step] of steps.entries()) if (step !== after + at + 1) this.error('row missing or repeated')
    this.rowsChecked += steps.length
    return steps.at(-1) ?? after
  }

  get errorCount(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0)
  }
}

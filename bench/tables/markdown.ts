/** A Markdown table, aligned so that it can be read in a terminal as well. Numbers stand to the right, names to the left. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], names = 1): string {
  const widths = head.map((title, i) =>
    Math.max(3, ...[title, ...rows.map((row) => row[i] ?? '')].map((c) => c.length)),
  )
  const line = (cells: readonly string[]): string => {
    const padded = widths.map((width, i) =>
      i < names ? (cells[i] ?? '').padEnd(width) : (cells[i] ?? '').padStart(width),
    )
    return `| ${padded.join(' | ')} |`
  }
  const rule = widths.map((width, i) => (i < names ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)].join('\n')
}

/** Three digits, at least: `0.92`, `7.29`, `165`. */
export function digits(value: number): string {
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2)
}

/** A ratio as a surcharge: `+1.3 %`. */
export function surcharge(ratio: number): string {
  const percent = (100 * (ratio - 1)).toFixed(1)
  return `${percent.startsWith('-') ? '' : '+'}${percent} %`
}

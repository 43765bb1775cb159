// Markdown of a card. What users have named is escaped: a name must not become a link, a picture or a table of its own.

const SPECIAL = /[\\`*_{}[\]<>()#+\-!|~&$]/g

/** Text that means itself. */
export function plain(text: string): string {
  return text.replaceAll(SPECIAL, String.raw`\$&`).replaceAll(/\s+/g, ' ')
}

/** Rows that are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

/** JSON as a block of code, whatever backticks are in it. */
export function jsonBlock(value: unknown): string {
  const json = JSON.stringify(value, null, 2)
  const longest = Math.max(2, ...Array.from(json.matchAll(/`+/g), ([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}json\n${json}\n${fence}`
}

/** A number to four digits, or the name of one that has none. */
export function formatNumber(value: number | string): string {
  return typeof value === 'number' && Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)
}

import { readFileSync } from 'node:fs'

const OLDEST = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).engines.node.slice(
  '>='.length,
)

/**
 * Whether one dotted version is at least another, number by number.
 * @param {string} version
 * @param {string} oldest
 */
export function isAtLeast(version, oldest) {
  const [got, want] = [version, oldest].map((text) => text.split('.').map(Number))
  const index = want.findIndex((number, i) => number !== (got[i] ?? 0))
  return index === -1 || (got[index] ?? 0) > want[index]
}

/** Ends the process with a plain sentence when this Node is too old to run the rest. */
export function requireNode() {
  if (isAtLeast(process.versions.node, OLDEST)) return
  console.error(`Cannot start as Node must be >= ${OLDEST}: this one is ${process.versions.node}`)
  process.exit(1)
}

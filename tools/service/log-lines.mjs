/** @type {Record<number, string>} */
const LEVELS = { 40: 'warn', 50: 'error', 60: 'fatal' }

/**
 * What of a log line an operator should see on the terminal: pino's warnings and errors. What is no pino line is of no
 * interest yet: the last words of a process that crashes are shown when it has ended.
 * @param {string} line
 * @returns {string | undefined} undefined for what belongs into the log file alone
 */
export function loudLine(line) {
  const entry = parseEntry(line)
  const level = LEVELS[entry?.level]
  if (level === undefined) return undefined
  const cause = entry.err?.message === undefined ? '' : `: ${entry.err.message}`
  return `${level}: ${entry.msg ?? ''}${cause}`
}

/**
 * The same, and each step that a process says it has taken on its way to work.
 * @param {string} line
 */
export function shownLine(line) {
  const entry = parseEntry(line)
  return typeof entry?.step === 'string' ? `✓ ${entry.step}: ${entry.msg}` : loudLine(line) // a number is one of training
}

/** @param {string} line */
function parseEntry(line) {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

import { readFiles } from '../repository.mjs'
import { runTool } from './command.mjs'

/** @import { SourceFile } from '../repository.mjs' */
/** @import { Finding } from './run.mjs' */

const SOURCE = /\.(?:ts|mjs)$/
const LIMITS = 'tools/check/size.oxlintrc.json'
const NEEDS_A_REASON = 300
const SHOWN = 10

/**
 * Files too long to be left without a reason: over 300 lines, and not opening with a comment.
 * @param {SourceFile[]} files
 * @returns {string[]} one sentence for each
 */
export function sizeFaults(files) {
  return files
    .map(({ path, text }) => ({ path, text, lines: text.split('\n').length - 1 }))
    .filter(({ text, lines }) => lines > NEEDS_A_REASON && !/^\/[/*]/.test(text))
    .map(({ path, lines }) => `${path} has ${lines} lines and opens with no comment that says why`)
}

/**
 * The longest of what is over the limits in `size.oxlintrc.json`, from the linter's report.
 * @param {{ message: string, filename: string, labels: { span: { line: number } }[] }[]} diagnostics
 * @returns {string[]} at most ten, longest first
 */
export function longest(diagnostics) {
  return diagnostics
    .map(({ message, filename, labels }) => ({
      lines: Number(/\((\d+)\)/.exec(message)?.[1]),
      text: `${filename}:${labels[0]?.span.line}: ${message.replace(/\. .*/, '')}`,
    }))
    .toSorted((a, b) => b.lines - a.lines)
    .slice(0, SHOWN)
    .map(({ text }) => text)
}

/**
 * Shows the ten longest files and functions over the limits; only a long file without a reason is a fault.
 * @returns {Finding}
 */
export function checkSize() {
  const tests = ['**/*.test.*', 'test/**'].flatMap((pattern) => ['--ignore-pattern', pattern])
  const { output } = runTool('oxlint', ['-c', LIMITS, '--disable-nested-config', ...tests, '-f', 'json'])
  const report = JSON.parse(output)
  return {
    seen: report.number_of_files,
    unit: 'files',
    notes: longest(report.diagnostics),
    faults: sizeFaults(readFiles(SOURCE)),
  }
}

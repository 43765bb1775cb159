import { AssertionError } from 'node:assert'
import { needs, SUBJECTS, type Subject } from '../interpreters.ts'
import { compareSuite, SUITES, type Suite } from './suites.ts'

/** What one engine's comparison with a folder came to. */
interface Total {
  numbers: number
  failures: number
}

/**
 * Compares every engine with every golden file of a folder and prints, per engine, how many files and numbers it compared
 * and the worst relative error of each kind; an engine that cannot be had is named. False when a number was too far off.
 * Errors: RangeError when the folder has no golden file.
 */
export async function compareFolder(root: string, print: (line: string) => void): Promise<boolean> {
  const present = SUITES.filter((suite) => suite.count(root) > 0)
  // Two suites read the files of clip/.
  const files = present.filter(({ apart }) => apart === 0).reduce((sum, suite) => sum + suite.count(root), 0)
  if (files === 0) throw new RangeError(`Cannot compare golden numbers as "${root}" has no such file`)
  let failures = 0
  for (const subject of SUBJECTS) {
    const { skip } = needs(subject.name)
    if (skip !== undefined) {
      print(`${subject.name}: left out, as ${skip}\n`)
      continue
    }
    const total: Total = { numbers: 0, failures: 0 }
    for (const suite of present) await compareInto(total, subject, suite, root, print)
    print(
      `${subject.name}: ${files} files, ${total.numbers} numbers, ${total.failures} kinds of ${present.length} failed\n`,
    )
    failures += total.failures
  }
  return failures === 0
}

async function compareInto(
  total: Total,
  subject: Subject,
  suite: Suite,
  root: string,
  print: (line: string) => void,
): Promise<void> {
  try {
    const comparison = await compareSuite(subject, suite, root)
    total.numbers += comparison.numbers
    print(`  ✓ ${suite.what}: ${comparison.summary()}, tolerance ${Math.max(subject.tolerance, suite.apart)}`)
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    total.failures += 1
    print(`  ✗ ${suite.what}: ${error.message}`)
  }
}

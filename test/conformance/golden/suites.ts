// Every kind of golden file, and how its numbers are compared.

import type { Interpreter } from '@unroll/engines'
import { Comparison } from '../comparison.ts'
import type { Subject } from '../interpreters.ts'
import { compareCell } from './cells.ts'
import { compareClipping, compareClippingApart, KERAS_APART } from './clip.ts'
import { compareClipRun } from './clip_runs.ts'
import { compareFlossing, type FlossingFile } from './flossing.ts'
import { compareOptimizer } from './optim.ts'
import { goldenFiles } from './read.ts'
import { compareItemised, type ItemisedFile } from './itemised.ts'
import { compareSpectra, type SpectraFile } from './spectra.ts'
import { compareStack, type StackFile } from './stack.ts'
import { compareRandomised } from './randomised.ts'
import { compareWindows } from './tbptt.ts'

export interface Suite {
  readonly what: string
  /** The least tolerance, where the rule itself is not quite ours. */
  readonly apart: number
  /** How many files of its kind a folder has. */
  count(root: string): number
  /** Compares those whose name is wanted. Errors: AssertionError at the first number that is too far off. */
  compare<X>(interpreter: Interpreter<X>, root: string, comparison: Comparison, isWanted: IsWanted): void
}

/** Whether a file of a name is compared. */
type IsWanted = (name: string) => boolean

type Compare<File> = <X>(interpreter: Interpreter<X>, file: File, comparison: Comparison, root: string) => void

function suite<File extends { readonly name: string }>(
  what: string,
  folder: string,
  compare: Compare<File>,
  apart = 0,
): Suite {
  return {
    what,
    apart,
    count: (root) => goldenFiles<File>(root, folder).length,
    compare: (interpreter, root, comparison, isWanted) => {
      for (const file of goldenFiles<File>(root, folder).filter(({ name }) => isWanted(name))) {
        interpreter.ops.scope(() => compare(interpreter, file, comparison, root))
        comparison.files += 1
      }
    },
  }
}

export const SUITES: readonly Suite[] = [
  suite('cells', 'cells', compareCell),
  suite('stacks of embedding, two layers and read-out', 'stack', compareStack),
  suite('stacks of layers with connections of their own', 'layers', compareStack),
  suite<ItemisedFile>(
    'gradients that the loss of each step sends back',
    'itemised',
    (interpreter, file, comparison, root) =>
      compareItemised(interpreter, file, goldenFiles<StackFile>(root, 'stack'), comparison),
  ),
  suite<SpectraFile>('directions that stretch on the way back', 'spectra', (interpreter, file, comparison, root) =>
    compareSpectra(interpreter, file, goldenFiles<StackFile>(root, 'stack'), comparison),
  ),
  suite<FlossingFile>('squares of exponents, and their gradient', 'flossing', (interpreter, file, comparison, root) =>
    compareFlossing(
      interpreter,
      file,
      { stacks: goldenFiles<StackFile>(root, 'stack'), spectra: goldenFiles<SpectraFile>(root, 'spectra') },
      comparison,
    ),
  ),
  suite('clipping of libraries whose rule is ours, Inf and NaN included', 'clip', compareClipping),
  suite('clipping of Keras, which divides without 1e-6', 'clip', compareClippingApart, KERAS_APART),
  suite('clipping by what earlier updates have shown', 'clip_runs', compareClipRun),
  suite('windows of truncated backpropagation, and their sum', 'tbptt', compareWindows),
  suite('every draw of randomised truncation, and their mean', 'randomised', compareRandomised),
  suite('optimizers', 'optim', compareOptimizer),
]

/** The files of one kind in a folder against one interpreter: all, or those whose name is wanted. */
export async function compareSuite(
  subject: Subject,
  each: Suite,
  root: string,
  isWanted: IsWanted = () => true,
): Promise<Comparison> {
  const comparison = new Comparison(Math.max(subject.tolerance, each.apart))
  await subject.run((interpreter) => each.compare(interpreter, root, comparison, isWanted))
  return comparison
}

/** What a worker computes on. */
export const ACCELERATORS = ['cpu', 'gpu'] as const
export type Accelerator = (typeof ACCELERATORS)[number]

/** What a job may ask for, each with a queue of its own. */
export const ACCELERATOR_CLASSES = ['any', ...ACCELERATORS] as const
export type AcceleratorClass = (typeof ACCELERATOR_CLASSES)[number]

/** The queues that a worker takes jobs from. */
export function classesFor(accelerator: Accelerator): readonly AcceleratorClass[] {
  return [accelerator, 'any']
}

/** The kinds of worker that may take a job. */
export function acceleratorsFor(wanted: AcceleratorClass): readonly [Accelerator, ...Accelerator[]] {
  return wanted === 'any' ? ACCELERATORS : [wanted]
}

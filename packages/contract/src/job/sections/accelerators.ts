/** The accelerators of workers. */
export const ACCELERATORS = ['cpu', 'gpu'] as const
export type Accelerator = (typeof ACCELERATORS)[number]

/** The accelerator classes that a job may ask for, each with its own queue. */
export const ACCELERATOR_CLASSES = ['any', ...ACCELERATORS] as const
export type AcceleratorClass = (typeof ACCELERATOR_CLASSES)[number]

/** The queues that a worker takes jobs from. */
export function classesFor(accelerator: Accelerator): readonly AcceleratorClass[] {
  return [accelerator, 'any']
}

/** The accelerators whose workers may take a job. */
export function acceleratorsFor(wanted: AcceleratorClass): readonly [Accelerator, ...Accelerator[]] {
  return wanted === 'any' ? ACCELERATORS : [wanted]
}

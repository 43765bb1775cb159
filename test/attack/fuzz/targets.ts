import type { FuzzTarget } from './target.ts'

type Targets = Readonly<Record<string, FuzzTarget>>

/** Of each file its parsers. A file is loaded only where one of its own is tried: coverage looks at all code that is loaded. */
const FILES: readonly [names: readonly string[], load: () => Promise<Targets>][] = [
  [
    ['jsonl', 'csv', 'tsv', 'arrow', 'npy', 'npz', 'ts'],
    async () => (await import('./targets/datasets.ts')).DATASET_TARGETS,
  ],
  [['safetensors', 'hdf5'], async () => (await import('./targets/tensors.ts')).TENSOR_TARGETS],
  [['weights', 'keras'], async () => (await import('./targets/weights.ts')).WEIGHT_TARGETS],
  [['onnx'], async () => (await import('./targets/verified.ts')).VERIFIED_TARGETS],
  [['frames', 'flow_frames'], async () => (await import('./targets/frames.ts')).FRAME_TARGETS],
  [['specifications', 'sweeps', 'cursors'], async () => (await import('./targets/texts.ts')).TEXT_TARGETS],
]

/** Every parser that reads what a client, a user or a worker gives. */
export const TARGET_NAMES: readonly string[] = FILES.flatMap(([names]) => names)

export async function loadTarget(name: string): Promise<FuzzTarget> {
  const [, load] = FILES.find(([names]) => names.includes(name)) ?? []
  const target = (await load?.())?.[name]
  if (target === undefined) throw new RangeError(`Cannot fuzz "${name}": known are ${TARGET_NAMES.join(', ')}`)
  return target
}

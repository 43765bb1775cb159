// Provides libtensorflow while an image is built, for machines that are not known yet: a variant, "cpu" or "cuda", for each
// target that UNROLL_KERNELS_MARCH lists. The TypeScript must have been compiled.

import { kernelsTargets, provideFor, VARIANTS } from '../packages/libtensorflow/dist/index.js'

const [name] = process.argv.slice(2)
if (name !== 'cpu' && name !== 'cuda')
  throw new RangeError(`The variant must be cpu or cuda: current value is "${name}"`)
for (const target of kernelsTargets())
  console.log(await provideFor(VARIANTS[name], target, (doing) => console.log(`… ${doing}`)))

// `npm run docs`: writes the generated documents anew.

import { provideBuild } from './provision/build.mjs'
import { provideDependencies } from './provision/dependencies.mjs'

await provideDependencies()
await provideBuild()
const { writeGenerated } = await import('./check/generated.mjs')
await writeGenerated()

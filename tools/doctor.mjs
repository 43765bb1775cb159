// `npm run doctor`: what this machine has of what Unroll uses, and which engine would train. Fetches nothing but the
// repository's own dependencies.

import { requireNode } from './provision/node.mjs'

requireNode()
const { provideDependencies } = await import('./provision/dependencies.mjs')
await provideDependencies()
const { runDoctor } = await import('./doctor/run.mjs')
await runDoctor()

// `npm run check:deploy`: fetches the validators of manifests that are not on this machine, then checks the manifests as
// `npm run check` does.

import { requireNode } from './provision/node.mjs'

requireNode()
const { runChecks } = await import('./check/run.mjs')
const { provideValidators } = await import('./provision/validators.mjs')
await provideValidators()
process.exitCode = await runChecks(['deploy'])

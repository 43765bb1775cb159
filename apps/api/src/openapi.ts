// Prints the OpenAPI document of the service.

import { describedApp } from './app.ts'

const app = describedApp()
await app.ready()
process.stdout.write(`${JSON.stringify(app.swagger(), null, 2)}\n`)
await app.close()

// `npm run acl`: prints the users of Redis for the API and for workers, with no more than they need (`--why`: the places
// that send each command).

import { provideBuild } from './provision/build.mjs'
import { provideDependencies } from './provision/dependencies.mjs'

await provideDependencies()
await provideBuild()
if (process.argv.includes('--why')) {
  const { findCommands } = await import('./acl/commands.mjs')
  for (const [command, places] of findCommands()) console.log(`${command.padEnd(18)}${places.join(' ')}`)
} else {
  const { writeUsers } = await import('./acl/users.mjs')
  process.stdout.write(await writeUsers())
}

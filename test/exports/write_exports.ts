// Trains every network of networks.ts and writes it in every format that can say it: `node write_exports.js FOLDER`. A network
// that a format cannot say is listed with the reason.

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CHECKPOINT_FORMATS, CHECKPOINT_FORMAT_NAMES, explainUnexportable } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { exportApart } from '@unroll/exports'
import { NETWORK_CASES } from './networks.ts'
import { writeRoundTrips } from './round_trip.ts'
import { trainCheckpoint } from './trained.ts'

const [folder = ''] = process.argv.slice(2)
const { engine } = await selectEngine('oracle')
const refused: Record<string, string> = {}
for (const { name, body } of NETWORK_CASES) {
  const { state, ...opening } = await trainCheckpoint(engine, body)
  for (const format of CHECKPOINT_FORMAT_NAMES) {
    if (format === 'state') continue
    mkdirSync(join(folder, format), { recursive: true })
    const why = explainUnexportable(format, opening.spec.model)
    if (why === undefined) {
      const file = await exportApart(state.slice(), opening, format)
      writeFileSync(join(folder, format, `${name}.${CHECKPOINT_FORMATS[format].extension}`), file)
    } else refused[`${format} ${name}`] = why
  }
}
writeFileSync(join(folder, 'refused.json'), JSON.stringify(refused, null, 2))
await writeRoundTrips(engine, folder)

// Moves the rows of a job that has ended, with faults armed: `node archiving_process.js <settings as JSON>`.

import { openArtifacts } from '@unroll/artifacts'
import { armFailpoints } from '@unroll/failpoints'
import { Segments, archiveRest } from '@unroll/history'
import { openStore } from '@unroll/store'

interface Settings {
  url: string
  prefix: string
  folder: string
  id: string
  faults: string
}

const { url, prefix, folder, id, faults } = JSON.parse(process.argv[2] ?? '') as Settings
const artifacts = openArtifacts(`file:${folder}`)
const store = await openStore({ url, prefix, segments: new Segments(artifacts), waitForDisk: false })
armFailpoints(faults)
await archiveRest(store.metrics, artifacts, id)
await store.close()

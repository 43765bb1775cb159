import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CHECKPOINT_FORMATS, taskProblem, usesDataset } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { loadWeights } from '@unroll/exports'
import { listTrips, TRAINED_IN, trainHere, UPDATES } from './round_trip.ts'

const FOLDER = process.env['UNROLL_EXPORTS_FOLDER']
const TOLERANCE = 1e-5

for (const format of TRAINED_IN)
  test(
    `a network that is trained in ${format} and comes back goes on as if it had never left`,
    { skip: FOLDER === undefined && 'npm run test:exports trains there' },
    async (t) => {
      const { engine } = await selectEngine('oracle')
      let [networks, numbers, largest] = [0, 0, 0]
      for (const { name, spec } of listTrips(format)) {
        const place = join(FOLDER!, 'round_trip', format)
        const there = JSON.parse(readFileSync(join(place, `${name}.losses.json`), 'utf8')) as number[]
        const file = readFileSync(join(place, `${name}.back.${CHECKPOINT_FORMATS[format].extension}`))
        assert.ok(!usesDataset(spec.data))
        const { tensors, initialisation } = loadWeights(file, {
          spec,
          problem: taskProblem(spec.data, spec.sequence_length),
        })
        assert.deepEqual([initialisation.layout, initialisation.left, initialisation.initial], [format, [], []])
        if (format === 'keras') {
          const whole = readFileSync(join(place, `${name}.back.keras`))
          const again = loadWeights(whole, { spec, problem: taskProblem(spec.data, spec.sequence_length) })
          assert.deepEqual(again.tensors, tensors, 'the file of the whole model has the same weights')
        }
        const after = UPDATES.before + UPDATES.there
        const { losses } = await trainHere(engine, spec, { tensors, after })
        const stayed = (await trainHere(engine, spec)).losses
        assert.deepEqual([there.length, losses.length], [UPDATES.there, UPDATES.after])
        for (const [at, loss] of [...there, ...losses].entries()) {
          const difference = Math.abs(loss - stayed[UPDATES.before + at]!)
          assert.ok(difference <= TOLERANCE, `${name} at update ${at}: ${difference}`)
          largest = Math.max(largest, difference)
          numbers += 1
        }
        networks += 1
      }
      t.diagnostic(`${networks} networks, ${numbers} losses, largest difference ${largest}`)
      assert.ok(networks > 3)
    },
  )

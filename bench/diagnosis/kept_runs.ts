// Runs are kept in files, so that a bench that is broken off goes on, and changed rules are scored without training again.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { parse, type Run, type Trial } from './trial.ts'

/** @param folder is made; a file for each run, by the digest of its specification */
export function keepRuns(run: Run, folder: string): Run {
  mkdirSync(folder, { recursive: true })
  return async (body) => {
    const file = join(
      folder,
      createHash('sha256')
        .update(JSON.stringify(parse(body)))
        .digest('hex')
        .slice(0, 24),
    )
    if (existsSync(file)) return deserialize(readFileSync(file)) as Trial
    const trial = await run(body)
    writeFileSync(`${file}.part`, serialize(trial))
    renameSync(`${file}.part`, file)
    return trial
  }
}

import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * Where a fetched program is kept, for all checkouts of this user.
 * @param {string} name
 * @param {string} version
 */
export function cacheFolder(name, version) {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  return join(caches, 'unroll', `${name}-${version}-${process.platform}-${process.arch}`)
}

/**
 * Fills a cache folder in one go: it appears complete or not at all, also when two processes fill it at once.
 * @param {string} folder
 * @param {(unfinished: string) => Promise<void>} fill is given an empty folder to fill
 */
export async function fillCache(folder, fill) {
  const unfinished = `${folder}.${process.pid}`
  try {
    await mkdir(unfinished, { recursive: true })
    await fill(unfinished)
    await rename(unfinished, folder).catch((error) => {
      if (!existsSync(folder)) throw error // otherwise another process was faster, and its copy is as good
    })
  } finally {
    await rm(unfinished, { recursive: true, force: true })
  }
}

import { availableParallelism, cpus, totalmem } from 'node:os'

import { provideBuild } from '../provision/build.mjs'
import { findOnPath } from '../provision/command.mjs'
import { installedServer } from '../provision/redis.mjs'

/** Prints one line for each thing that decides how this machine trains. */
export async function runDoctor() {
  await provideBuild(['packages/engines'])
  const lines = {
    ...machineLines(),
    ...(await labelLines()),
    ...(await gpuLines()),
    ...(await libraryLines()),
    ...(await engineLines()),
  }
  const width = Math.max(...Object.keys(lines).map((name) => name.length))
  console.log()
  for (const [name, value] of Object.entries(lines)) console.log(`  ${name.padEnd(width)}  ${value}`)
}

/** @returns {Record<string, string>} */
function machineLines() {
  return {
    Machine: `${process.platform}-${process.arch}, ${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    Node: process.versions.node,
    Redis: redisGiven() ?? installedServer() ?? 'none on the PATH: npm start fetches one',
    Python: findOnPath(['python3']) ?? 'none: needed to fetch libtensorflow',
    Compiler: findOnPath(['g++']) ?? 'no g++: needed to build libtensorflow',
  }
}

/** The server that REDIS_URL names, without its password. */
function redisGiven() {
  const given = process.env.REDIS_URL
  return given && (URL.canParse(given) ? new URL(given).host || 'a Unix socket' : 'REDIS_URL, which is no address')
}

/**
 * The labels that a worker would have here.
 * @returns {Promise<Record<string, string>>}
 */
async function labelLines() {
  const given = process.env.UNROLL_LABELS
  if (!given) return {}
  const { labelsText, parseLabels } = await import('../../packages/contract/dist/index.js')
  try {
    return { Labels: labelsText(parseLabels(given)) }
  } catch (error) {
    return { Labels: `UNROLL_LABELS ${error.message}` }
  }
}

/** @returns {Promise<Record<string, string>>} */
async function gpuLines() {
  const { isMissing, readGpus } = await import('../../packages/libtensorflow/dist/index.js')
  const tool = process.env.UNROLL_NVIDIA_SMI || 'nvidia-smi'
  try {
    const gpus = await readGpus({ tool, environment: process.env })
    return Object.fromEntries(gpus.map((gpu, at) => [`GPU ${at}`, gpuLine(gpu)]))
  } catch (error) {
    return { GPU: isMissing(error) ? `none of NVIDIA: there is no ${tool}` : error.message }
  }
}

/** @param {import('@unroll/contract').Gpu} gpu */
function gpuLine({ name, uuid, driver, memory_bytes: bytes, fault }) {
  const memory = bytes === null ? 'memory of the machine' : `${Math.round(bytes / 2 ** 20)} MiB`
  return `${name}, ${memory}, driver ${driver}, ${uuid}${fault === null ? '' : `: ${fault}`}`
}

/** @returns {Promise<Record<string, string>>} */
async function libraryLines() {
  const { findLibrary, variantHere, vectorLanes, VERSION } = await import('../../packages/libtensorflow/dist/index.js')
  const file = findLibrary()
  return {
    libtensorflow:
      file ?? `${VERSION} (${variantHere().name}) is not provided yet: UNROLL_ENGINE=tensorflow npm start does it`,
    ...(file !== undefined && { Kernels: `${vectorLanes(file)} numbers in a vector` }),
  }
}

/** @returns {Promise<Record<string, string>>} */
async function engineLines() {
  const { selectEngine } = await import('../../packages/engines/dist/index.js')
  const { engine, reason, isFallback } = await selectEngine('auto')
  const versions = Object.entries(engine.versions).map(([library, version]) => `${library} ${version}`)
  return {
    Engine: `${engine.name} on ${engine.backend} (${versions.join(', ')})`,
    [isFallback ? 'Warning' : 'Reason']: reason,
  }
}

// What nvidia-smi, the tool of NVIDIA's management library (NVML), tells of the GPUs of this machine. Its answers, as drivers
// give them: a value; `[N/A]` or `[Not Supported]`, and `N/A` without brackets, where a GPU has none; `[GPU is lost]`,
// `[GPU requires reset]` or `[Unknown Error]` where it does not answer; for a GPU without a handle a sentence in place of its
// line, and no line of the others either with some drivers.

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Gpu } from '@unroll/contract'

/** The driver may have to wake the GPUs first, which takes seconds if no other process keeps them awake. */
const TIMEOUT_MS = 20_000

const FIELDS = [
  'uuid',
  'name',
  'driver_version',
  'memory.total', // MiB
  'memory.used', // MiB
  'utilization.gpu', // percent
  'temperature.gpu', // °C
  'compute_cap',
  'mig.mode.current',
] as const

const MIB = 2 ** 20
/** Share of the memory in the name of a MIG profile, such as 20 in `3g.20gb`; instances have a little more. */
const PROFILE_GB = 1e9

export interface NvidiaSmiOptions {
  /** The program, by its path or by a name on the PATH of `environment`. */
  tool: string
  /** @default that of this process */
  environment?: NodeJS.ProcessEnv
}

/**
 * The GPUs of this machine in the order of the PCI bus; a GPU that MIG splits is replaced by its instances.
 *
 * @throws Error whether the tool is missing, or why it fails
 */
export async function readGpus(options: NvidiaSmiOptions): Promise<readonly Gpu[]> {
  const rows = parseRows(await ask(options, [`--query-gpu=${FIELDS.join()}`, '--format=csv,noheader,nounits']))
  if (!rows.some(({ isSplit }) => isSplit)) return rows.map(({ gpu }) => gpu)
  const instances = parseInstances(await ask(options, ['-L']))
  return rows.flatMap(({ gpu, isSplit }) => (isSplit ? listInstances(gpu, instances) : [gpu]))
}

/** Whether an error of `readGpus` means that the tool is missing, as on every machine without an NVIDIA GPU. */
export function isMissing(error: unknown): boolean {
  return ['ENOENT', 'EACCES', 'ENOTDIR'].includes(String((error as { cause?: { code?: unknown } }).cause?.code))
}

async function ask({ tool, environment }: NvidiaSmiOptions, args: readonly string[]): Promise<string> {
  try {
    const options = { ...(environment && { env: environment }), timeout: TIMEOUT_MS, killSignal: 'SIGKILL' as const }
    return (await promisify(execFile)(tool, args, options)).stdout
  } catch (cause) {
    const { stdout = '', stderr = '', code, killed } = cause as Failure
    if (parseRows(stdout).length > 0) return stdout // it fails because of one GPU and lists the others
    const said = `${stdout}\n${stderr}`.split('\n').find((line) => line.trim() !== '')
    const why = killed === true ? `it gave no answer within ${TIMEOUT_MS / 1_000} s` : (said ?? String(code)).trim()
    throw new Error(`Cannot read the GPUs as ${tool} failed: ${why}`, { cause })
  }
}

type Failure = { stdout?: string; stderr?: string; code?: unknown; killed?: boolean }

interface Row {
  gpu: Gpu
  /** Whether MIG splits it: then only its instances can compute. */
  isSplit: boolean
}

/** The GPUs of an output; its other lines are sentences about GPUs without a handle. */
export function parseRows(answer: string): readonly Row[] {
  return answer.split('\n').flatMap((line) => {
    const values = line.split(', ').map((value) => value.trim())
    const [
      uuid = '',
      name = '',
      driver = '',
      total = '',
      used = '',
      utilization = '',
      temperature = '',
      capability = '',
      mig,
    ] = values
    if (values.length !== FIELDS.length || !uuid.startsWith('GPU-')) return []
    const percent = parseNumber(utilization)
    const gpu: Gpu = {
      uuid,
      name,
      driver,
      memory_bytes: parseBytes(total),
      memory_used_bytes: parseBytes(used),
      utilization: percent === null ? null : percent / 100,
      temperature_celsius: parseNumber(temperature),
      compute_capability: parseNumber(capability) === null ? null : capability,
      fault: findFault(values, total),
    }
    return [{ gpu, isSplit: mig === 'Enabled' }]
  })
}

/**
 * The value of any field of a lost GPU; an unknown error counts in place of the memory, in other fields it is a fault
 * of a sensor.
 */
function findFault(values: readonly string[], total: string): string | null {
  const gone = values.find((value) => /^\[?GPU (?:is lost|requires reset)\]?$/i.test(value))
  const fault = gone ?? (/unknown error/i.test(total) ? total : undefined)
  return fault?.replace(/^\[|\]$/g, '') ?? null
}

function parseBytes(mebibytes: string): number | null {
  const count = parseNumber(mebibytes)
  return count === null ? null : count * MIB
}

function parseNumber(text: string): number | null {
  return /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : null
}

interface Instance {
  uuid: string
  /** Uuid of its GPU. */
  parent: string
  /** Such as `3g.20gb`. */
  profile: string
}

/** The MIG instances of a list of devices, `nvidia-smi -L`: each stands below its GPU. */
export function parseInstances(list: string): readonly Instance[] {
  let parent = ''
  return list.split('\n').flatMap((line) => {
    parent = /^GPU \d+: .*\(UUID: (GPU-[^)]+)\)/.exec(line)?.[1] ?? parent
    const [, profile, uuid] = /^\s+MIG (\S+)\s+Device\s+\d+: \(UUID: (MIG-[^)]+)\)/.exec(line) ?? []
    return profile === undefined || uuid === undefined ? [] : [{ uuid, parent, profile }]
  })
}

function listInstances(gpu: Gpu, instances: readonly Instance[]): Gpu[] {
  return instances
    .filter(({ parent }) => parent === gpu.uuid)
    .map(({ uuid, profile }) => ({
      ...gpu,
      uuid,
      name: `${gpu.name} MIG ${profile}`,
      memory_bytes: Number(/\.(\d+)gb/.exec(profile)?.[1] ?? 0) * PROFILE_GB || null,
      memory_used_bytes: null,
      utilization: null,
    }))
}

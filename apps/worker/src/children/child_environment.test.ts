import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { HANDED_THROUGH, childEnvironment } from './child_environment.ts'
import { TrainingChild } from '../supervise.ts'

/** An example of each entry of the table. */
const ALLOWED: Readonly<Record<string, string>> = {
  CUDA_VISIBLE_DEVICES: 'GPU-0ad2eb79-0c6c-4f1e-8c52-6e2a43b1f4aa',
  CUDNN_LOGINFO_DBG: '0',
  CUBLAS_WORKSPACE_CONFIG: ':4096:8',
  NCCL_DEBUG: 'WARN',
  NVIDIA_TF32_OVERRIDE: '0',
  TF_NUM_INTRAOP_THREADS: '3',
  XLA_FLAGS: '--xla_gpu_cuda_data_dir=/opt/cuda',
  OMP_NUM_THREADS: '2',
  KMP_BLOCKTIME: '0',
  GOMP_CPU_AFFINITY: '0-1',
  ONEDNN_MAX_CPU_ISA: 'AVX2',
  DNNL_VERBOSE: '0',
  HOME: '/home/unroll',
  XDG_CACHE_HOME: '/var/cache/unroll',
  UNROLL_KERNELS_MARCH: 'x86-64-v3',
  PATH: process.env['PATH'] ?? '',
  LD_LIBRARY_PATH: '/opt/cuda/lib64',
  LD_PRELOAD: '',
  MALLOC_ARENA_MAX: '4',
  TMPDIR: '/var/tmp',
  LANG: 'C.UTF-8',
  LANGUAGE: 'en',
  LC_ALL: 'C.UTF-8',
  TZ: 'Pacific/Chatham',
  TZDIR: '/usr/share/zoneinfo',
  HTTP_PROXY: 'http://proxy.example:3128',
  http_proxy: 'http://proxy.example:3128',
  HTTPS_PROXY: 'http://proxy.example:3128',
  https_proxy: 'http://proxy.example:3128',
  ALL_PROXY: 'http://proxy.example:3128',
  all_proxy: 'http://proxy.example:3128',
  NO_PROXY: '.example',
  no_proxy: '.example',
  NODE_USE_ENV_PROXY: '0',
  NODE_EXTRA_CA_CERTS: '',
  SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt',
  SSL_CERT_DIR: '/etc/ssl/certs',
  OTEL_SERVICE_NAME: 'unroll',
}

const SECRETS: Readonly<Record<string, string>> = {
  REDIS_URL: 'rediss://worker:secret@redis.example:6379',
  REDIS_PASSWORD: 'secret',
  AWS_ACCESS_KEY_ID: 'secret',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'secret',
  AWS_ENDPOINT_URL: 'https://user:secret@s3.example',
  UNROLL_ARTIFACTS: 's3://bucket/secret',
  UNROLL_API_KEY: 'secret',
  NVIDIA_API_KEY: 'secret',
  NCCL_SOCKET_TOKEN: 'secret',
  OTEL_EXPORTER_OTLP_HEADERS: 'authorization=secret',
  OTEL_EXPORTER_OTLP_TRACES_HEADERS: 'authorization=secret',
  TF_LOGIN_PASSWORD: 'secret',
  GITHUB_TOKEN: 'secret',
  NODE_OPTIONS: '--no-warnings',
}

test('the table of variables that a child gets has an example in this test for each of its entries', () => {
  const entries = Object.values(HANDED_THROUGH).flat()
  const names = Object.keys(ALLOWED)
  const without = entries.filter((entry) => !names.some((name) => isOf(name, entry)))
  assert.deepEqual(without, [])
  assert.deepEqual(
    names.filter((name) => !entries.some((entry) => isOf(name, entry))),
    [],
  )
})

test(
  'TrainingChild sees the variables of the table, with their values, and no secret',
  { skip: process.platform !== 'linux' },
  async (t) => {
    const given = { ...ALLOWED, ...SECRETS }
    const environment = childEnvironment(given)
    const child = new TrainingChild({ niceness: 0, silenceMs: 30_000, environment }, () => {})
    const text = readFileSync(`/proc/${child.pid}/environ`, 'utf8')
    child.kill()
    await child.exited
    const seen = new Map(text.split('\0').map((line) => [line.split('=', 1)[0] ?? '', line.replace(/^[^=]*=/, '')]))
    for (const [name, value] of Object.entries(ALLOWED)) assert.equal(seen.get(name), value, name)
    for (const name of Object.keys(SECRETS)) assert.equal(seen.has(name), false, name)
    assert.doesNotMatch(text, /secret/)
    t.diagnostic(
      `${Object.keys(ALLOWED).length} allowed variables arrived, ${Object.keys(SECRETS).length} secrets did not`,
    )
  },
)

function isOf(name: string, entry: string): boolean {
  return entry.endsWith('*') ? name.startsWith(entry.slice(0, -1)) : name === entry
}

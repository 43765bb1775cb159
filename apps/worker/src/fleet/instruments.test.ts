import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppendAnswer } from '@unroll/store'
import { Instruments } from './instruments.ts'
import { pino } from 'pino'
import { MetricWriter } from '../metrics/metric_writer.ts'

const GPU = {
  uuid: 'GPU-1',
  name: 'NVIDIA A40',
  driver: '550.127.05',
  memory_bytes: 48_305_799_168,
  memory_used_bytes: 1_048_576,
  utilization: 0.5,
  temperature_celsius: 29,
  fault: null,
}
const LOST = {
  ...GPU,
  uuid: 'GPU-3',
  memory_bytes: null,
  memory_used_bytes: null,
  utilization: null,
  fault: 'GPU is lost',
}
const ENGINE = { engine: 'tensorflow', device: 'cpu', versions: {}, reason: 'why', isFallback: true, vectorLanes: 8 }

const row = (step: number, ms: number) => ({ step, series: { step_ms: ms } })

test('Instruments count what a worker does', async () => {
  const slots = {
    count: 3,
    busy: 1,
    devices: [[GPU], [GPU]],
    gpus: [GPU, LOST],
    jobsOn: (uuid: string) => (uuid === 'GPU-1' ? 2 : 0),
  }
  const instruments = new Instruments(slots, { engine: ENGINE })
  const answers: AppendAnswer[] = ['stored', 'duplicate']
  const append = instruments.counted(() => Promise.resolve(answers.shift() ?? 'fenced'))
  const archiver = { archive: () => Promise.reject(new Error('nothing is to be archived')) }
  const writer = () => new MetricWriter({ append, archiver, log: pino({ level: 'silent' }) }, () => 0)
  const spool = writer()
  const release = instruments.follow({ epoch: 1, ageMs: 2_000 }, spool)
  instruments.follow({ epoch: 2, ageMs: 0 }, writer())()
  instruments.observe([row(1, 4), row(2, 40), { step: 3, series: {} }])
  spool.add([row(1, 4), row(2, 40)])

  const before = await instruments.registry.metrics()
  for (const line of [
    'unroll_spool_rows 2',
    'unroll_slots{state="busy"} 1',
    'unroll_slots{state="free"} 1',
    'unroll_slots{state="faulty"} 1',
    'unroll_engine_fallback{engine="tensorflow",device="cpu",vector_lanes="8"} 1',
    'unroll_gpu_up{uuid="GPU-1",gpu="NVIDIA A40"} 1',
    'unroll_gpu_up{uuid="GPU-3",gpu="NVIDIA A40"} 0',
    'unroll_gpu_memory_bytes{uuid="GPU-1",gpu="NVIDIA A40"} 48305799168',
    'unroll_gpu_memory_used_bytes{uuid="GPU-1",gpu="NVIDIA A40"} 1048576',
    'unroll_gpu_utilization_ratio{uuid="GPU-1",gpu="NVIDIA A40"} 0.5',
    'unroll_gpu_temperature_celsius{uuid="GPU-1",gpu="NVIDIA A40"} 29',
    'unroll_gpu_jobs{uuid="GPU-1",gpu="NVIDIA A40"} 2',
    'unroll_step_seconds_bucket{le="0.005"} 1',
    'unroll_step_seconds_count 2',
    'unroll_queue_wait_seconds_bucket{le="1"} 0',
    'unroll_queue_wait_seconds_count 1',
  ])
    assert.ok(before.split('\n').includes(line), `${line} in\n${before}`)

  await spool.flush()
  await append({ firstSeq: 1, rows: [] })
  release()
  slots.busy = 0
  instruments.ended('succeeded')
  const after = await instruments.registry.metrics()
  for (const line of [
    'unroll_spool_rows 0',
    'unroll_slots{state="busy"} 0',
    'unroll_slots{state="free"} 2',
    'unroll_frames_total{answer="stored"} 1',
    'unroll_frames_total{answer="duplicate"} 1',
    'unroll_attempts_total{end="succeeded"} 1',
  ])
    assert.ok(after.split('\n').includes(line), `${line} in\n${after}`)
})

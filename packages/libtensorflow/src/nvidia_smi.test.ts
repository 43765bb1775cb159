import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Gpu } from '@unroll/contract'
import { FakeNvidiaSmi, gpuRow, gpuUuid, type Answers } from './testing/fake_nvidia_smi.ts'
import { isMissing, readGpus } from './nvidia_smi.ts'

const SOUND: Gpu = {
  uuid: gpuUuid(0),
  name: 'Tesla P100-PCIE-16GB',
  driver: '580.178.04',
  memory_bytes: 2 ** 34,
  memory_used_bytes: 393 * 2 ** 20,
  utilization: 0.87,
  temperature_celsius: 64,
  compute_capability: '6.0',
  fault: null,
}
const GONE = { memory_used_bytes: null, utilization: null, temperature_celsius: null }
const A100 = 'GPU-513536b6-7d19-9063-b049-1e69664bb298'
const MIG = ['MIG-ce861fb0-a248-58ce-a9a8-f9adbc22a66a', 'MIG-a45882f0-9215-5733-a0c1-49286ab31cb5'] as const

const READINGS: [what: string, answers: Answers, gpus: readonly Partial<Gpu>[]][] = [
  [
    'two sound GPUs',
    { rows: [gpuRow(0), gpuRow(1, 81_559)] },
    [SOUND, { uuid: gpuUuid(1), memory_bytes: 81_559 * 2 ** 20 }],
  ],
  [
    'what a GPU does not measure as unknown',
    { rows: [`${gpuUuid(0)}, NVIDIA GeForce 410M, 390.157, 961, 100, [Not Supported], [N/A], 2.1, [N/A]`] },
    [{ memory_bytes: 961 * 2 ** 20, utilization: null, temperature_celsius: null, fault: null }],
  ],
  [
    'a GPU without memory of its own',
    { rows: [`${gpuUuid(0)}, NVIDIA GB10, 580.95.05, [N/A], [N/A], 3, 41, 12.1, [N/A]`] },
    [{ memory_bytes: null, memory_used_bytes: null, utilization: 0.03, compute_capability: '12.1', fault: null }],
  ],
  [
    'a flaw of a sensor as no fault',
    { rows: [`${gpuUuid(0)}, NVIDIA A40, 550.127.05, 46068, 1, [Unknown Error], 29, 8.6, Disabled`] },
    [{ utilization: null, fault: null }],
  ],
  [
    'a GPU that is lost',
    {
      rows: [
        gpuRow(0),
        `${gpuUuid(1)}, Tesla P100-PCIE-16GB, 580.178.04, ${Array.from({ length: 6 }, () => '[GPU is lost]').join(', ')}`,
      ],
    },
    [SOUND, { uuid: gpuUuid(1), memory_bytes: null, ...GONE, fault: 'GPU is lost' }],
  ],
  [
    'a GPU that must be reset, whose memory is still told',
    {
      rows: [
        `${gpuUuid(0)}, NVIDIA H100 PCIe, 550.54.15, 81559, 0, [GPU requires reset], [GPU requires reset], 9.0, Disabled`,
      ],
    },
    [{ memory_bytes: 81_559 * 2 ** 20, utilization: null, fault: 'GPU requires reset' }],
  ],
  [
    'a GPU whose memory cannot be asked for',
    {
      rows: [`${gpuUuid(0)}, NVIDIA A40, 550.127.05, [Unknown Error], [Unknown Error], [N/A], [N/A], [N/A], Disabled`],
    },
    [{ memory_bytes: null, compute_capability: null, fault: 'Unknown Error' }],
  ],
  [
    'the others beside a GPU without a handle',
    { rows: ['Unable to determine the device handle for GPU0000:BA:00.0: Unknown Error', gpuRow(1)], code: 255 },
    [{ uuid: gpuUuid(1), fault: null }],
  ],
  [
    'the instances of a GPU that is split by MIG',
    {
      rows: [`${A100}, NVIDIA A100-SXM4-80GB, 535.216.01, 81920, 39, [N/A], 29, 8.0, Enabled`, gpuRow(0)],
      list: [
        `GPU 0: NVIDIA A100-SXM4-80GB (UUID: ${A100})`,
        `  MIG 1g.20gb     Device  0: (UUID: ${MIG[0]})`,
        `  MIG 3g.40gb     Device  1: (UUID: ${MIG[1]})`,
        `GPU 1: Tesla P100-PCIE-16GB (UUID: ${gpuUuid(0)})\n`,
      ].join('\n'),
    },
    [
      { uuid: MIG[0], name: 'NVIDIA A100-SXM4-80GB MIG 1g.20gb', memory_bytes: 20e9, memory_used_bytes: null },
      { uuid: MIG[1], name: 'NVIDIA A100-SXM4-80GB MIG 3g.40gb', memory_bytes: 40e9, temperature_celsius: 29 },
      SOUND,
    ],
  ],
]
for (const [what, answers, expected] of READINGS) {
  test(`readGpus() reads ${what}`, async (t) => {
    const { environment } = new FakeNvidiaSmi(t, answers)
    const gpus = await readGpus({ tool: 'nvidia-smi', environment })
    assert.equal(gpus.length, expected.length)
    for (const [at, gpu] of expected.entries()) assert.deepEqual({ ...gpus[at], ...gpu }, gpus[at])
  })
}

const FAILURES: [what: string, answers: Answers, message: RegExp][] = [
  ['no GPU is there', { rows: ['No devices were found'], code: 6 }, /nvidia-smi failed: No devices were found$/],
  [
    'the driver does not run',
    { rows: ["NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver."], code: 9 },
    /nvidia-smi failed: NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver\.$/,
  ],
  [
    'driver and library are of two versions',
    { rows: ['Failed to initialize NVML: Driver/library version mismatch'], code: 18 },
    /Driver\/library version mismatch$/,
  ],
]
for (const [what, answers, message] of FAILURES) {
  test(`readGpus() says that ${what}`, async (t) => {
    const { environment } = new FakeNvidiaSmi(t, answers)
    await assert.rejects(readGpus({ tool: 'nvidia-smi', environment }), (error: Error) => {
      assert.match(error.message, message)
      assert.equal(isMissing(error), false)
      return true
    })
  })
}

test('readGpus() says that there is no such tool', async () => {
  const reading = readGpus({ tool: 'nvidia-smi', environment: { PATH: '/nowhere' } })
  await assert.rejects(reading, (error: Error) => isMissing(error))
})

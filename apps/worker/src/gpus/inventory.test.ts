import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { pino } from 'pino'
import { GpuInventory } from './inventory.ts'
import { visibleGpus } from './visible.ts'

/** The program in place of nvidia-smi that readGpus() is tested with. */
const FAKE = new URL('../../../../packages/libtensorflow/dist/testing/fake_nvidia_smi.js', import.meta.url)

interface Fake {
  environment: Record<string, string>
  answer(answers: { rows: readonly string[]; code?: number }): void
}

const { FakeNvidiaSmi, gpuRow, gpuUuid } = (await import(FAKE.href)) as {
  FakeNvidiaSmi: new (scope: Pick<TestContext, 'after'>, answers: { rows: readonly string[]; code?: number }) => Fake
  gpuRow: (number: number) => string
  gpuUuid: (number: number) => string
}

const open = (smi: Fake, visible?: string) =>
  GpuInventory.open({ tool: 'nvidia-smi', environment: smi.environment, visible, log: pino({ level: 'silent' }) })
const faultsOf = ({ gpus }: GpuInventory) => gpus.map(({ fault }) => fault)

async function opened(t: TestContext) {
  const smi = new FakeNvidiaSmi(t, { rows: [gpuRow(0), gpuRow(1)] })
  return { smi, inventory: await open(smi) }
}

test('GpuInventory knows that a GPU is gone when it is no longer listed, and that it is back', async (t) => {
  const { smi, inventory } = await opened(t)
  assert.deepEqual(faultsOf(inventory), [null, null])
  smi.answer({ rows: [gpuRow(1)] })
  await inventory.refresh()
  assert.deepEqual(faultsOf(inventory), ['is not listed any more', null])
  assert.equal(inventory.gpus[0]?.uuid, gpuUuid(0))
  smi.answer({ rows: [gpuRow(0), gpuRow(1)] })
  await inventory.refresh()
  assert.deepEqual(faultsOf(inventory), [null, null])
})

test('GpuInventory takes a tool that fails once for busy, and one that fails again and again for GPUs that are gone', async (t) => {
  const { smi, inventory } = await opened(t)
  smi.answer({ rows: ['Failed to initialize NVML: Unknown Error'], code: 255 })
  await inventory.refresh()
  await inventory.refresh()
  assert.deepEqual(faultsOf(inventory), [null, null])
  await inventory.refresh()
  for (const fault of faultsOf(inventory)) assert.match(fault ?? '', /Failed to initialize NVML: Unknown Error$/)
})

test('GpuInventory has no GPU where the tool is missing or fails at the start', async (t) => {
  const failing = new FakeNvidiaSmi(t, { rows: ['No devices were found'], code: 6 })
  assert.deepEqual((await open(failing)).gpus, [])
  const options = { tool: 'nvidia-smi', environment: { PATH: '/nowhere' }, visible: undefined }
  assert.deepEqual((await GpuInventory.open({ ...options, log: pino({ level: 'silent' }) })).gpus, [])
})

const VISIBLE: [visible: string | undefined, numbers: number[]][] = [
  [undefined, [0, 1, 2]],
  ['', []],
  ['-1', []],
  ['1', [1]],
  ['2,0', [2, 0]],
  ['1,1', [1]],
  ['0,7,1', [0]],
  [gpuUuid(2), [2]],
  [`${gpuUuid(1).slice(0, -1)},nothing,0`, [0]],
  ['nothing', []],
]
for (const [visible, numbers] of VISIBLE) {
  test(`visibleGpus() of CUDA_VISIBLE_DEVICES ${visible ?? 'that is not set'} leaves ${numbers.length} GPUs`, async (t) => {
    const smi = new FakeNvidiaSmi(t, { rows: [0, 1, 2].map((number) => gpuRow(number)) })
    const { gpus } = await open(smi)
    assert.deepEqual(
      visibleGpus(gpus, visible).map(({ uuid }) => uuid),
      numbers.map(gpuUuid),
    )
  })
}

import assert from 'node:assert/strict'
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { FACTS, decodeTensor, type Proof } from '@unroll/exports'
import { decodeSafetensors } from '@unroll/formats'
import { loadModel } from '@unroll/runtime'
import type { Job } from '@unroll/contract'
import { unroll } from './cli.ts'
import { smallJob, untilJob } from './jobs.ts'
import { startService, type Service } from './service.ts'

describe('unroll, against the service', { concurrency: false }, () => {
  let service: Service
  let folder: string
  let id: string
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unroll-cli-'))
    service = await startService()
  })
  after(async () => {
    await rm(folder, { recursive: true, force: true })
    assert.equal(await service?.stop(), 0, service?.output())
  })

  /** What a call printed that went well. */
  async function printed(...args: string[]): Promise<string> {
    const { code, out, err } = await unroll(service.url, args)
    assert.equal(code, 0, err)
    return out
  }

  test('submit --watch trains a job to its end, tells its log and sums it up', async () => {
    const file = join(folder, 'job.json')
    await writeFile(file, JSON.stringify(smallJob(60, { name: 'by hand' })))
    const out = await printed('submit', file, '--watch')
    id = /^job_\w+/.exec(out)?.[0] ?? ''
    assert.match(
      out,
      /succeeded {2}\[█{20}\] 100% {2}step 60\/60 {2}loss [\d.]+ {2}norm [\d.]+ → [\d.]+ {2}evaluation loss [\d.]+ {2}[▁▂▃▄▅▆▇█]{30}/,
    )
    assert.match(out, /^status +succeeded, at chance$/m)
    assert.deepEqual(out.match(/(?<=Z {2}info {3})\w+/g), [
      'job_created',
      'job_starting',
      'job_running',
      'checkpoint_written',
      'job_succeeded',
    ])
  })

  test('tasks and show-task tell what a task asks, with sequences of it', async () => {
    assert.match(await printed('tasks'), /^copy +0\.\d+ +accuracy ≥ 0\.99 +90 +Arjovsky/m)
    const shown = await printed('show-task', 'delayed_echo', '--length', '6', '--count', '1', '--fields', '{"lag":2}')
    assert.match(shown, /^chance +loss 0\.6931, accuracy 0\.5$/m)
    const [x = '', y = ''] = ['x', 'y'].map((name) => new RegExp(`^${name} (.*)$`, 'm').exec(shown)?.[1] ?? '')
    assert.deepEqual(y.trim().split(/ +/), ['–', '–', ...x.trim().split(/ +/).slice(0, 4)])
    const refused = await unroll(service.url, ['show-task', 'copy', '--fields', '[]'])
    assert.equal(refused.code, 2)
    assert.match(refused.err, /--fields must be a JSON object/)
  })

  test('list and show know it, also as JSON', async () => {
    assert.match(
      await printed('list', '--status', 'succeeded'),
      new RegExp(`^${id} +succeeded, at chance +60/60 +\\d+ s +[\\d.]+ +\\d.* ago +lstm +by hand$`, 'm'),
    )
    assert.match(await printed('show', 'by hand'), /^attempts +1$[^]*^page +http.*\/#\/jobs\/job_\w+$/m)
    assert.equal(await printed('show', id.slice(4, 18), '--json'), await printed('show', 'latest', '--json'))
    assert.equal((JSON.parse(await printed('show', id, '--json')) as Job).name, 'by hand')
  })

  test('metrics prints every step once', async () => {
    const lines = (await printed('metrics', id, '--series', 'loss,grad_norm', '--from', '11')).trim().split('\n')
    assert.equal(lines[0], 'step,loss,grad_norm')
    assert.deepEqual(
      lines.slice(1).map((line) => Number(line.split(',')[0])),
      Array.from({ length: 50 }, (_, at) => at + 11),
    )
  })

  test('flow and probe print a line for each time step that was observed', async () => {
    const [head, ...lines] = (await printed('flow', id, '--to', '20')).trim().split('\n')
    assert.equal(head, 'step,timestep,log10_norm,cell_state,probe')
    const places = lines.map((line) => line.split(',').slice(0, 2).join(' '))
    assert.ok(places.length > 0)
    assert.equal(new Set(places).size, places.length)
    const phi = (await printed('probe', id)).trim().split('\n')
    assert.equal(phi[0], 'step,layer,k,log10_phi,beta,horizon,rounded')
    assert.match(phi[1] ?? '', /^60,0,0,-?[\d.]+,[\d.]+,\d*,\d*$/)
  })

  test('export writes the weights, checkpoints and events name what there is, diagnose finds nothing to say', async () => {
    const file = join(folder, 'weights.safetensors')
    await printed('export', id, '-o', file)
    assert.ok('layers.0.Wh' in decodeSafetensors(await readFile(file)).tensors)
    assert.match(await printed('checkpoints', id), /^ckpt_\w+ +60 +\d+ +[0-9a-f]{12}$/m)
    assert.match(await printed('logs', id), /job_created[^]*job_succeeded/)
    assert.match(await printed('diagnose', id), /./)
    assert.match(await printed('summary', id, '--series', 'loss'), /^SERIES +LAST[^]*^loss .* 60 +0$/m)
    assert.match(await printed('workers'), /^wrk_\w+ +online +\S+ +\d+\.\d+\.\d+ /m)
    assert.match(await printed('queue'), /^any +0 +1 +\d$/m)
  })

  test('export --format safetensors writes a network that the runtime runs within its proof', async () => {
    const file = join(folder, 'network.safetensors')
    await printed('export', id, '--format', 'safetensors', '-o', file)
    const card = await readFile(`${file}.md`, 'utf8')
    for (const said of [id, '## Gradient', '(data:image/svg+xml;base64,']) assert.ok(card.includes(said), said)
    const model = await loadModel(await readFile(file))
    const { cases, tolerance } = JSON.parse(model.facts.texts[FACTS.proof] ?? '') as Proof
    const { lengths, network_inputs, outputs } = cases[0]!
    const [given, expected] = [decodeTensor(network_inputs), decodeTensor(outputs)]
    const [, T = 0, X = 0] = network_inputs.shape
    for (const [row, length] of lengths.entries()) {
      const { outputs: found } = model.run(given.slice(row * T * X, (row * T + length) * X))
      assert.ok(Math.abs(found[0]! - expected[row * T + length - 1]!) <= tolerance, `${found[0]} of row ${row}`)
    }
    assert.ok(lengths.length > 0)
  })

  test('export --to writes every step for other tools, with the flow as a column of lists', async () => {
    const file = join(folder, 'run.csv')
    const { code, err } = await unroll(service.url, ['export', id, '--to', 'csv', '-o', file])
    assert.deepEqual([code, err], [0, `${file}\n`])
    const [head = '', ...lines] = (await readFile(file, 'utf8')).trim().split('\n')
    assert.match(
      head,
      /^step,(?:\S+,)?loss,.*,flow\/layers\.0\.h,flow\/layers\.0\.c,flow\/layers\.1\.h,flow\/layers\.1\.c$/,
    )
    assert.equal(lines.length, 60)
    assert.match(lines[4] ?? '', /^5,.*(?:,"\[(?:-?[\d.]+,){19}-?[\d.]+\]"){4}$/)
    await printed('export', id, '--to', 'tensorboard', '-o', join(folder, 'logs'))
    assert.equal((await readdir(join(folder, 'logs', id))).length, 1)
  })

  test('keep has a job stay, usage says what takes room and what was trained, gc what could go', async () => {
    assert.equal(await printed('keep', id), `${id} kept\n`)
    assert.match(await printed('show', id), /^kept +when others are deleted by their age$/m)
    assert.equal(await printed('unkeep', id), `${id} not kept\n`)
    const usage = await printed('usage', '--days', '2')
    assert.match(usage, /^jobs +1 succeeded$/m)
    assert.match(usage, /^checkpoints +[\d.]+ KiB in 3$/m)
    assert.match(usage, /^\d{4}-\d\d-\d\d +\w+ \w+ +– +\d+\.\d +60$/m)
    assert.match(
      await printed('gc', '--dry-run'),
      /^would delete: artifacts that no record refers to 0 \(0 B\), jobs 0 /,
    )
  })

  test('drain has a worker hand back what it trains, and undrain has it take jobs again', async () => {
    const { out } = await unroll(service.url, ['submit', '-'], { input: JSON.stringify(smallJob(1_000_000)) })
    const long = out.trim()
    const become = (status: string) => untilJob(service.url, long, `is ${status}`, (job) => job.status === status)
    await become('running')
    const [worker = ''] = /^wrk_\w+/m.exec(await printed('workers')) ?? []
    assert.equal(await printed('drain', worker, '--wait'), `${worker} draining, trains 0 jobs\n`)
    await become('queued')
    assert.match(await printed('undrain', worker), /^wrk_\w+ online, trains \d jobs\n$/)
    await become('running')
    await printed('cancel', long)
    await become('cancelled')
    assert.match((await unroll(service.url, ['drain', 'wrk_00000000000000000000'])).err, /Cannot find worker/)
  })

  test('pause-queue and resume-queue stop and start the handing out of jobs, and queue says so', async () => {
    const since = String.raw`is paused since \d{4}-\S+Z`
    assert.match(await printed('pause-queue', '--accelerator', 'gpu'), new RegExp(`^! the queue "gpu" ${since}\n$`))
    assert.match(await printed('queue'), new RegExp(`^! the queue "gpu" ${since}$`, 'm'))
    assert.equal((await printed('pause-queue')).trim().split('\n').length, 3)
    assert.equal(await printed('resume-queue'), 'no queue is paused\n')
    const { code, err } = await unroll(service.url, ['pause-queue', '--accelerator', 'tpu'])
    assert.deepEqual([code, /--accelerator must be one of any, cpu, gpu: current value is "tpu"/.test(err)], [2, true])
  })

  test('pause, resume and cancel move a job; a watch of it goes on all the while, and ends with code 5', async () => {
    const { out } = await unroll(service.url, ['submit', '-'], { input: JSON.stringify(smallJob(1_000_000)) })
    const long = out.trim()
    const become = (status: string) => untilJob(service.url, long, `is ${status}`, (job) => job.status === status)
    await become('running')
    const watching = unroll(service.url, ['watch', long, '--json'])
    await printed('pause', long)
    await become('paused')
    await printed('resume', long)
    await become('running')
    await printed('cancel', long)
    const { code, out: lines } = await watching
    assert.equal(code, 5)
    const told = lines
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { object: string; code?: string; steps?: number[]; status?: string })
    assert.deepEqual([told.at(-1)?.object, told.at(-1)?.status], ['job', 'cancelled'])
    const entries = told.flatMap((line) => (line.object === 'event' ? [line.code] : []))
    for (const entry of ['job_paused', 'job_requeued', 'job_cancelled'])
      assert.equal(entries.filter((each) => each === entry).length, 1, entries.join())
    assert.ok(told.some(({ object, steps = [] }) => object === 'metrics' && steps.length > 0))
    await printed('delete', long)
  })

  test('watch tells what the diagnosis finds as it is found, and of a run that fails with code 5', async () => {
    const job = smallJob(60, {
      model: { cell: 'rnn', activation: 'identity', hidden_size: 8, init: { spectral_radius: 3 } },
      sequence_length: 100,
      clipping: { policy: 'none' },
    })
    const { code, out } = await unroll(service.url, ['submit', '-', '--watch'], { input: JSON.stringify(job) })
    assert.equal(code, 5, out)
    const found = out.search(
      /Z {2}warn {3}diagnosis_warning {2}The diagnosis found something {2}finding="exploding" step=\d/,
    )
    assert.ok(found >= 0 && found < out.indexOf('job_failed'), out)
    assert.match(out, /^failed {2}\[.*(?:NaN|Infinity)/m)
    assert.match(out, /^status +failed \(nonfinite_loss\)$/m)
  })

  test('Ctrl-C leaves a watch with code 130, and the job as it is', async () => {
    const { out: submitted } = await unroll(service.url, ['submit', '-'], {
      input: JSON.stringify(smallJob(1_000_000)),
    })
    const long = submitted.trim()
    const { code, err } = await unroll(service.url, ['watch', long], { interruptAt: /job_running/ })
    assert.deepEqual([code, err], [130, ''])
    assert.match(await printed('show', long), /^status +running$/m)
    await printed('cancel', long)
  })

  test('retry makes a new job with changes', async () => {
    const changes = join(folder, 'changes.json')
    await writeFile(changes, JSON.stringify({ training: { max_steps: 20 } }))
    const [again = ''] = (await printed('retry', id, '--changes', changes)).split(' ')
    const job = await untilJob(service.url, again, 'ends', ({ finished_at }) => finished_at !== null)
    assert.deepEqual([job.status, job.progress.step, job.retry_of], ['succeeded', 20, id])
  })

  test('sweep --watch trains the runs of a sweep and stars the best; show-sweep and sweeps know it', async () => {
    const file = join(folder, 'sweep.json')
    const space = { 'optimizer.learning_rate': { values: [0.01, 1e-9] } }
    await writeFile(file, JSON.stringify({ name: 'rates', template: smallJob(30), space }))
    const out = await printed('sweep', file, '--watch')
    const [found = ''] = /^sweep_\w+/.exec(out) ?? []
    assert.match(out, /^status +succeeded$/m)
    assert.match(out, /^jobs +2 succeeded$/m)
    assert.equal(out.match(/^\* +0 +\d +succeeded +30 +[\d.]+ +job_\w+ +\/optimizer\/learning_rate=\S+$/gm)?.length, 1)
    assert.equal(await printed('show-sweep', found), out.slice(out.indexOf('\n') + 1))
    assert.match(await printed('sweeps'), new RegExp(`^${found} +succeeded +2 succeeded +[\\d.]+ +rates$`, 'm'))
    const { code, err } = await unroll(service.url, ['cancel-sweep', found])
    assert.equal(code, 3, err)
  })

  test('upload takes a text', async () => {
    const file = join(folder, 'text.txt')
    await writeFile(file, 'to be or not to be')
    assert.match(await printed('upload', file), /^ds_\w+\n$/)
  })

  test('what the service refuses is told field by field, with code 3', async () => {
    const { code, err } = await unroll(service.url, ['submit', '-'], {
      input: '{"model":{"cell":"lstm"},"sequence_length":0}',
    })
    assert.equal(code, 3)
    assert.match(err, /^ {2}\/sequence_length Must be .*0$/m)
    assert.match(err, /^ {2}\/data Is required/m)
  })
})

import { element, setAttribute, setText } from '../../dom/element.ts'
import { keyedChildren } from '../../dom/keyed_children.ts'
import { formatAge, formatBytes, formatCount, formatValue } from '../../format.ts'
import { jobHref } from '../../router.ts'
import type { Checkpoint, Job } from '@unroll/client'
import { linkFiles } from '../shared/file_links.ts'
import { RequestButton } from '../shared/request_button.ts'
import { tableCell, tableHead } from '../shared/table.ts'
import { followRun, type RunContext } from './run_context.ts'

const EVERY_MS = 4_000
const LIMIT = 100
const COLUMNS = ['Step', 'Written', 'Size', 'Loss', 'Evaluation loss']
const ACTIONS = ['Download', 'Go on from here', 'Register']

/** The states of a run that are kept: each as a file for this and other tools, and as the start of a new job, and as a model with a name. */
export class CheckpointPanel {
  readonly root: HTMLElement
  readonly #body: HTMLElement = element('tbody', { testId: 'checkpoints' })

  /** @param onRead receives the checkpoints, newest first */
  constructor(context: RunContext, job: Job, onRead: (checkpoints: readonly Checkpoint[]) => void) {
    const table = element(
      'table',
      { class: 'jobs checkpoints' },
      tableHead(context.recordedAt === undefined ? [...COLUMNS, ...ACTIONS] : COLUMNS),
      this.#body,
    )
    this.root = element(
      'section',
      { class: 'panel', attributes: { 'aria-label': 'Checkpoints' } },
      element('h2', { text: 'Checkpoints' }),
      element('div', { class: 'scrolled' }, table),
    )
    this.root.hidden = true
    const showRows = keyedChildren(this.#body, (checkpoint: Checkpoint) => createRow(context, job, checkpoint))
    followRun(context, EVERY_MS, async (signal) => {
      const { data } = await context.client.jobs.checkpoints(job.id, { limit: LIMIT }, { signal })
      this.root.hidden = data.length === 0
      showRows(data)
      setAttribute(this.#body, 'data-count', String(data.length))
      onRead(data)
    })
  }
}

function createRow(context: RunContext, job: Job, checkpoint: Checkpoint): HTMLElement {
  const { id, step, created_at: time, bytes, metrics } = checkpoint
  const value = (name: string) => (metrics[name] === undefined ? '–' : formatValue(metrics[name]))
  const written = element(
    'td',
    { attributes: { 'data-label': 'Written' } },
    context.recordedAt === undefined ? formatAge(time, Date.now()) : new Date(time).toLocaleString(),
  )
  setAttribute(written, 'title', new Date(time).toLocaleString())
  return element(
    'tr',
    { testId: 'checkpoint', attributes: { 'data-checkpoint': id } },
    tableCell('Step', formatCount(step), 'number'),
    written,
    tableCell('Size', formatBytes(bytes), 'number'),
    tableCell('Loss', value('loss'), 'number'),
    tableCell('Evaluation loss', value('evaluation_loss'), 'number'),
    ...(context.recordedAt === undefined ? createActions(context, job, checkpoint) : []),
  )
}

function createActions(context: RunContext, job: Job, checkpoint: Checkpoint): HTMLElement[] {
  return [
    element('td', { class: 'downloads' }, ...linkFiles(`/v1/jobs/${job.id}/checkpoints/${checkpoint.id}`, job.spec)),
    element('td', {}, goOn(context, job, checkpoint)),
    element('td', {}, register(context, job, checkpoint)),
  ]
}

/** A field for the steps to train to, and the button that submits the job. */
function goOn(
  { client, signal }: RunContext,
  { id, spec, name }: Job,
  { id: checkpoint, step }: Checkpoint,
): HTMLElement {
  const most = spec.training.max_steps
  const first = step < most ? most : step * 2
  const steps = element('input', {
    testId: 'go-on-steps',
    attributes: { type: 'number', min: String(step + 1), value: String(first), 'aria-label': 'Train to step' },
  })
  const send = async () => {
    const changes = {
      name: `${name} · from ${formatCount(step)}`.slice(-128),
      training: { max_steps: Number(steps.value) },
    }
    const job = await client.jobs.retry(id, { from_checkpoint: checkpoint, changes }, { signal })
    location.hash = jobHref(job.id)
  }
  const request = new RequestButton('go-on', 'Go on', send, signal)
  const label = element('label', { class: 'field' }, 'to step', steps)
  return element('span', { class: 'go-on' }, label, request.button, request.fault)
}

/** A field for the name of a model, and the button that registers the checkpoint as its next version. */
function register({ client, signal }: RunContext, { id }: Job, { id: checkpoint }: Checkpoint): HTMLElement {
  const name = element('input', {
    testId: 'register-name',
    attributes: { type: 'text', 'aria-label': 'Name of the model' },
  })
  const done = element('span', { testId: 'registered', attributes: { role: 'status' } })
  const send = async () => {
    setText(done, '')
    const { versions } = await client.models.register({ name: name.value.trim(), job: id, checkpoint }, { signal })
    setText(done, `version ${versions[0]?.version}`)
  }
  const request = new RequestButton('register', 'Register', send, signal)
  const label = element('label', { class: 'field' }, 'as', name)
  return element('span', { class: 'go-on' }, label, request.button, done, request.fault)
}

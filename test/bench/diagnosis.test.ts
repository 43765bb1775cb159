// The bank of the diagnosis and its score: the rows as specifications, the counts by hand, and one row trained.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { FINDING_CODES, amend, parseJobSpec, type FindingCode, type JobSpec } from '@unroll/contract'

interface Specimen {
  readonly name: string
  readonly fault: string
  readonly half: string
  readonly spec: object
  readonly twin: object | null
}
interface Told {
  readonly code: FindingCode
  readonly step: number
  readonly proposed: { readonly loss: number | string } | null
  readonly drawn: { readonly loss: number | string } | null
}
interface Examined extends Omit<Specimen, 'spec' | 'twin'> {
  readonly max_steps: number
  readonly loss: number | string
  readonly twin_loss: number | string | null
  readonly told: readonly Told[]
}
interface Score {
  readonly right: number
  readonly wrong: number
  readonly missed: number
  readonly precision: number
  readonly recall: number
  readonly told_at: number
}

const BENCH = new URL('../../../bench/dist/', import.meta.url)
const load = async (name: string): Promise<unknown> => await import(new URL(`diagnosis/${name}.js`, BENCH).href)
const { BANK } = (await load('bank')) as { BANK: readonly Specimen[] }
const { FAULTS } = (await load('faults')) as {
  FAULTS: Readonly<Record<string, { wanted: readonly FindingCode[]; allowed: readonly FindingCode[] }>>
}
const { drawChange } = (await load('control')) as {
  drawChange: (spec: JobSpec, name: string, besides: object) => Record<string, unknown>
}
const { score, scored, comparePairs } = (await load('score')) as {
  score: (rows: readonly Examined[], codes?: readonly FindingCode[]) => Score
  scored: (rows: readonly Examined[]) => readonly Examined[]
  comparePairs: (rows: readonly Examined[], against: 'unchanged' | 'drawn') => Record<'won' | 'even' | 'lost', number>
}

const SHORT = 'radius_too_large: linear of radius 1.3, adding 40'
const LIMIT_MS = 60_000

function specOf(body: object): JobSpec {
  const parsed = parseJobSpec(body)
  assert.ok(parsed.ok, JSON.stringify(parsed))
  return parsed.value
}

test('every specification of the bank and every twin is a job, under a name of its own', (t) => {
  for (const { name, spec, twin } of BANK) {
    const own = specOf(spec)
    if (twin) assert.notDeepEqual(specOf(twin), own, name)
  }
  assert.equal(new Set(BANK.map(({ name }) => name)).size, BANK.length)
  t.diagnostic(`${BANK.length} specifications`)
  assert.ok(BANK.length >= 150)
})

test('each fault and each rule has specifications in both halves', (t) => {
  for (const half of ['tuning', 'apart']) {
    const faults = new Set(BANK.filter((specimen) => specimen.half === half).map(({ fault }) => fault))
    assert.deepEqual([...faults].toSorted(), Object.keys(FAULTS).toSorted())
  }
  const wanted = new Set(Object.values(FAULTS).flatMap((fault) => fault.wanted))
  assert.deepEqual([...wanted].toSorted(), [...FINDING_CODES].toSorted())
  for (const [name, fault] of Object.entries(FAULTS))
    assert.ok(!fault.wanted.some((code) => fault.allowed.includes(code)), name)
  t.diagnostic(`${Object.keys(FAULTS).length} faults, ${wanted.size} rules`)
})

test('drawChange() gives the same permitted change again, and not the proposed one', (t) => {
  const sections = new Set<string>()
  for (const { name, spec } of BANK) {
    const own = specOf(spec)
    const drawn = drawChange(own, name, {})
    assert.deepEqual(drawChange(own, name, {}), drawn)
    assert.notDeepEqual(drawChange(own, name, drawn), drawn)
    const amended = amend(own, drawn)
    assert.ok(amended.ok, name)
    assert.notDeepEqual(amended.value, own, name)
    for (const section of Object.keys(drawn)) sections.add(section)
  }
  t.diagnostic(`${BANK.length} changes of ${[...sections].join(', ')}`)
  assert.deepEqual([...sections].toSorted(), ['bptt', 'clipping', 'model', 'optimizer'])
})

/** A row as the bench writes it. */
function row(fault: string, losses: [own: number, twin: number | null], told: readonly Partial<Told>[]): Examined {
  const [loss, twin_loss] = losses
  const complete = told.map((each) => ({ code: 'exploding' as const, step: 60, proposed: null, drawn: null, ...each }))
  return { name: fault, fault, half: 'apart', max_steps: 600, loss, twin_loss, told: complete }
}

test('score() counts what is right, wrong and missed, and leaves open what may follow of the fault', () => {
  const rows = [
    row('healthy', [0.1, null], []),
    row('healthy', [0.1, null], [{ code: 'clip_idle' }]),
    row('radius_too_large', [0.8, 0.2], [{ code: 'exploding' }, { code: 'saturated_units' }]),
    row('rate_too_high', [0.8, 0.2], []),
    row('rate_too_low', [0.95, 0.1], [{ code: 'at_chance', step: 300 }]),
  ]
  const { told_at, ...counts } = score(rows)
  assert.deepEqual(counts, { right: 2, wrong: 1, missed: 1, precision: 2 / 3, recall: 2 / 3 })
  assert.equal(told_at, 0.5)
  assert.equal(score(rows, ['exploding']).told_at, 0.1)
})

test('scored() leaves out runs whose outcome is not that of their kind', () => {
  const kept = [
    row('healthy', [0.4, null], []),
    row('threshold_too_high', [0.3, 0.3], []),
    row('rate_too_low', [0.9, 0.5], []),
  ]
  const left = [
    row('healthy', [0.6, null], []),
    row('threshold_too_high', [0.3, 0.31], []),
    row('rate_too_low', [0.5, 0.5], []),
  ]
  assert.deepEqual(scored([...kept, ...left]), kept)
})

test('comparePairs() counts proposals that end lower than the run as it is and than the drawn change', () => {
  const told = (proposed: number | string, drawn: number | string) => ({
    proposed: { loss: proposed },
    drawn: { loss: drawn },
  })
  const rows = [
    row('rate_too_high', [1, 0.1], [told(0.2, 0.1), told(1, 'Infinity')]),
    row('rate_too_high', [1, 0.1], [{ code: 'exploding' }]),
  ]
  assert.deepEqual(comparePairs(rows, 'unchanged'), { won: 1, even: 1, lost: 0 })
  assert.deepEqual(comparePairs(rows, 'drawn'), { won: 1, even: 0, lost: 1 })
})

test('bench:diagnosis trains a row, its twin and what is proposed, and takes runs that are kept', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'unroll-diagnosis-'))
  try {
    const [out, runs] = [join(folder, 'diagnosis.json'), join(folder, 'runs')]
    const once = () => {
      const options = ['--rows', SHORT, '--out', out, '--runs', runs]
      execFileSync(process.execPath, [fileURLToPath(new URL('diagnosis.js', BENCH)), ...options], {
        timeout: LIMIT_MS,
        stdio: ['ignore', 'pipe', 'ignore'],
      })
      return JSON.parse(readFileSync(out, 'utf8')) as { rows: Examined[] }
    }
    const { rows } = once()
    const kept = readdirSync(runs)
    assert.equal(rows.length, 1)
    assert.deepEqual(scored(rows), rows)
    const [{ code, step, proposed, drawn } = {} as Told] = rows[0]!.told
    assert.deepEqual([code, step], ['exploding', 2])
    assert.ok(Number(proposed?.loss) < Number(rows[0]!.loss))
    assert.ok(drawn)
    assert.deepEqual(once().rows, rows)
    assert.deepEqual(readdirSync(runs), kept)
    t.diagnostic(`${kept.length} runs`)
    assert.ok(kept.length >= 4)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

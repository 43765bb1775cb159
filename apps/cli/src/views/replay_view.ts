import { originWords, type Replay } from '@unroll/client'
import { parseCount, type Call } from '../command.ts'
import type { Exit } from '../exit_codes.ts'
import { named } from '../named_numbers.ts'
import { figure } from '../run_view.ts'
import { sparkline } from '../sparkline.ts'
import { table } from '../table.ts'

const SPARKS = 60

/** Asks for a past step, waits for it and prints it. */
export async function replayStep({
  client,
  terminal,
  given: [id = '', given = ''],
  text,
  flags,
  signal,
}: Call): Promise<Exit> {
  const step = parseCount(given, 'step') ?? 0
  const asked = await client.jobs.replay(id, { step, observe: text['observe']?.split(',') }, { signal })
  terminal.note(`${asked.id}: from ${asked.checkpoint === null ? 'the start' : `step ${asked.checkpoint.step}`}`)
  terminal.status('waits for a worker')
  const ended = await client.jobs.replayEnd(id, asked.id, { signal })
  terminal.status('')
  if (flags['json'] === true) terminal.out(JSON.stringify(ended, named))
  else for (const line of formatReplay(ended)) terminal.out(line)
  return ended.error === null ? 'ok' : 'failed'
}

/** A past step in lines: how it compares with the run, its numbers, its layers from the first time step to the last. */
function formatReplay({ step, result, error }: Replay): string[] {
  if (error !== null || result === null) return [`failed: ${error?.message ?? 'it has no result'}`]
  const { verified, engine, computed_steps: computed, series, layers, origin } = result
  const same =
    verified.first_difference === null
      ? 'all with the same bits'
      : `the first difference at step ${verified.first_difference}`
  const other = engine.is_same ? '' : ', another engine or version than that of the run'
  const numbers = Object.entries(series).filter(([name]) => !name.includes('/'))
  return [
    `step ${step}, ${computed} steps computed again by ${engine.name} on ${engine.device}${other}`,
    `${verified.equal} of ${verified.rows} recorded rows equal: ${same}`,
    ...(origin === null ? [] : [`not finite ${originWords(origin)}`]),
    '',
    ...table(numbers.map(([name, value]) => [name, figure(value)])),
    ...layers.flatMap((layer) => ['', ...layerLines(layer)]),
  ]
}

function layerLines({
  name,
  log10_norm: flow,
  probe,
  rounded = 0,
  matrix,
  gates = {},
  states = {},
}: NonNullable<Replay['result']>['layers'][number]): string[] {
  const rows: [string, readonly number[]][] = [
    ...(flow === undefined ? [] : [['|dL/dh_t|', flow.map((log10) => 10 ** log10)] as [string, number[]]]),
    ...(probe === undefined ? [] : [['|dL_T/dh_t|', probe.map((log10) => 10 ** log10)] as [string, number[]]]),
    ...(matrix?.log10_norm ?? []).map((row, s): [string, number[]] => [
      `|dL_s/dh_t|, s from ${matrix?.sources[s]}`,
      row.map((log10) => 10 ** log10),
    ]),
    ...Object.entries(gates).map(([gate, means]): [string, readonly number[]] => [`gate ${gate}`, means]),
    ...Object.entries(states).map(([state, sizes]): [string, readonly number[]] => [`rms ${state}`, sizes]),
  ]
  const lines = rows.map(([what, values]) => [
    what,
    figure(values[0] ?? null),
    sparkline(values, SPARKS),
    figure(values.at(-1) ?? null),
  ])
  const isZero = probe?.includes(-Infinity) === true && rounded > 0
  const zero = isZero ? [`|dL_T/dh_t| is 0 as the engine rounds ${rounded} derivatives of saturated units to 0`] : []
  return [`${name}, from the first time step to the last`, ...table(lines), ...zero]
}

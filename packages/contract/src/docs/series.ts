import { SERIES, SERIES_FAMILIES } from '../metrics.ts'
import { code, opening, table } from './markdown.ts'

/** The document of all series of a run. */
export function series(): string {
  return [
    opening('Series', '`packages/contract/src/metrics.ts`'),
    'The numbers of a run, one series each. Norms, shares and coefficients have no unit; a loss is in nats or in squared units of the target.\n',
    table(['series', 'meaning'], rows(SERIES)),
    '\n## Families\n\nThere is one series for each parameter, layer, gate or horizon.\n',
    table(['series', 'meaning'], rows(SERIES_FAMILIES, '/…')),
    '',
  ].join('\n')
}

function rows(names: Readonly<Record<string, string>>, ending = ''): string[][] {
  return Object.entries(names).map(([name, meaning]) => [code(`${name}${ending}`), meaning])
}

import { EQUATIONS } from '../job/sections/cell_equations.ts'
import { CELLS } from '../job/sections/cells.ts'
import { JobSpecSchema } from '../job/job_spec.ts'
import type { CellName } from '../job/sections/model.ts'
import { code, opening, table } from './markdown.ts'

/** The document of a cell: its equations, gates, states and convention. */
export function cell(name: CellName): string {
  const { gates, states } = CELLS[name]
  const equations = EQUATIONS[name]
  const schemas = JobSpecSchema.properties.model.anyOf.map(({ properties }) => properties.cell)
  const { description = '' } = schemas.find(({ const: found }) => found === name) as { description?: string }
  const forms = equations.forms.flatMap(({ options, latex }) => [
    ...Object.entries(options).map(([option, value]) => `With ${code(`${option}: "${value}"`)}:\n`),
    ...latex.map((line) => `\`\`\`math\n${line}\n\`\`\`\n`),
  ])
  return [
    opening(name, '`packages/contract/src/job/sections/cell_equations.ts`'),
    `${description} In lectures: ${equations.lecture_name}.\n`,
    '## Equations\n',
    ...forms,
    `${equations.convention} The letters are those of [the notation](../math/notation.md).\n`,
    '## Gates and states\n',
    table(
      ['letter', 'role', 'series'],
      Object.entries(gates).map(([letter, role]) => [
        code(letter),
        role,
        role === 'candidate' ? '–' : code(`gate/layers.0.${letter}`),
      ]),
    ),
    `\nFrom step to step the cell passes on ${states.map(code).join(', ')}. [job-specification.md](../job-specification.md#cell-${name}) lists its options.\n`,
    '## Its flow\n',
    `![The flow of a run of ${name}: the norm of the gradient by training step and time step](${name}.svg)\n`,
    'The adding problem over 50 time steps, 300 updates, as [examples/cells.json](../../examples/cells.json) trains every cell. The loss enters at the last time step, at the top; the first is at the bottom. `npm run docs:pictures` draws it from a run.\n',
    '## Train it\n',
    `[examples/cells.json](../../examples/cells.json) is a sweep that trains every cell on the same task, so that their flows can be compared.\n`,
  ].join('\n')
}

/** Names of all cells. */
export const CELL_NAMES: readonly CellName[] = Object.keys(CELLS) as CellName[]

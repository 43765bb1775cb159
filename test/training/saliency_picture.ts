// `npm run docs:saliency`: trains a network to add and draws docs/saliency.svg.

import { writeFileSync } from 'node:fs'
import type { TracedSequence } from '@unroll/contract'
import { selectEngine } from '@unroll/engines'
import { findMarked, followAdding } from './saliency.ts'

const SEQUENCES = 6
const [CELL, GAP, LEFT, TOP] = [48, 10, 16, 44]
const PICTURE = new URL('../../../docs/saliency.svg', import.meta.url)

/** A sequence: a cell for each step, as dark as its saliency, with its number; the marked ones are framed. */
function drawSequence(trace: TracedSequence, row: number): string {
  const { inputs, saliency } = trace
  const marked = findMarked(trace)
  const largest = Math.max(...saliency.map(Number))
  const y = TOP + row * (CELL + GAP)
  const cells = inputs.map((x, t) => {
    const share = Number(saliency[t]) / largest
    const at = LEFT + t * CELL
    const isMarked = marked.includes(t)
    return [
      `<rect x="${at}" y="${y}" width="${CELL}" height="${CELL}" fill="#1f66c7" fill-opacity="${(share ** 2).toFixed(3)}"/>`,
      `<text x="${at + CELL / 2}" y="${y + CELL / 2 + 4}" fill="${share ** 2 > 0.55 ? '#ffffff' : '#171a20'}"${isMarked ? ' font-weight="700"' : ''}>${Number(x[0]).toFixed(2)}</text>`,
      ...(isMarked
        ? [
            `<rect x="${at + 1.5}" y="${y + 1.5}" width="${CELL - 3}" height="${CELL - 3}" fill="none" stroke="#c2570c" stroke-width="3"/>`,
          ]
        : []),
    ].join('\n')
  })
  const width = CELL * inputs.length
  return [`<rect x="${LEFT}" y="${y}" width="${width}" height="${CELL}" fill="none" stroke="#e2e5ea"/>`, ...cells].join(
    '\n',
  )
}

const { engine } = await selectEngine('auto')
const traces = await followAdding(engine, SEQUENCES)
const width = 2 * LEFT + CELL * (traces[0]?.length ?? 0)
const height = TOP + SEQUENCES * (CELL + GAP) + LEFT
const title =
  'What the sum rests on: framed the two numbers that are marked, blue the square of ‖∂y/∂x_t‖ by the largest'
writeFileSync(
  PICTURE,
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12.5" text-anchor="middle" role="img">
<title>${title}</title>
<rect width="${width}" height="${height}" fill="#ffffff"/>
<text x="${LEFT}" y="26" text-anchor="start" font-size="11.5" fill="#5a6270">${title}</text>
${traces.map(drawSequence).join('\n')}
</svg>
`,
)

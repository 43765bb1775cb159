// docs/performance.md, from the results that are committed.

import { GRID } from './grid.ts'
import { committed, committedByVectors, type Result } from './results.ts'
import { badBodiesTable, type BadBodiesResult } from './tables/bad_bodies.ts'
import { cellsTable, type CellsResult } from './tables/cells.ts'
import { firstRowTable, type FirstRowResult } from './tables/first_row.ts'
import { kernelsTable, targetsTable, type KernelsResult } from './tables/kernels.ts'
import { gpuGraphTable, type GpuGraphResult } from './tables/gpu_graph.ts'
import { lengthTable, type LengthResult } from './tables/length.ts'
import { table } from './tables/markdown.ts'
import { observeTable, type ObserveResult } from './tables/observe.ts'
import { pipelineTable, type PipelineResult } from './tables/pipeline.ts'
import { vectorsOf } from './vectors.ts'
import { pollersTable, type PollersResult } from './tables/pollers.ts'
import { checkTable, pointsTable, summaryTable, type PeersResult } from './tables/peers.ts'

const INTRODUCTION = `How fast a training step is, and what it costs to watch. Each section has the command that measures it and writes \`bench/results/<name>.json\`, the
machine, and a table of what was committed. A step is: embedding, recurrence, softmax read-out at every time step, full
backpropagation through time, clipping by the global norm, Adam, in float32; the batch is handed over, loss and gradient
norm are read back. Its time is a median over steps after a few to warm up. T is the length of a sequence, N the batch, E
the embedding, H the hidden units, V the symbols, L the layers.`

/** The document. Errors: Error when a result is not committed. */
export function performance(): string {
  const sections = [
    peersSection(committedByVectors('peers') as readonly PeersResult[]),
    kernelsSection(committedByVectors('kernels') as readonly KernelsResult[]),
    observeSection(committed('observe') as ObserveResult),
    cellsSection(committed('cells') as CellsResult),
    lengthSection(committed('length') as LengthResult),
    gpuGraphSection(committed('gpu_graph') as GpuGraphResult),
    pipelineSection(committed('pipeline') as PipelineResult),
    firstRowSection(committed('first_row') as FirstRowResult),
    pollersSection(committed('pollers') as PollersResult),
    badBodiesSection(committed('bad_bodies') as BadBodiesResult),
  ]
  const opening = '# Performance\n\n<!-- Written by `npm run docs` from `bench/results`. -->'
  return `${[opening, INTRODUCTION, sizesTable(), ...sections].join('\n\n')}\n`
}

function sizesTable(): string {
  const rows = Object.entries(GRID).map(([name, { T, B, E, H, V, L }]) => [name, ...[T, B, E, H, V, L].map(String)])
  return table(['size', 'T', 'N', 'E', 'H', 'V', 'L'], rows)
}

function measured(name: string, { date, machine, versions }: Result): string {
  const libraries = Object.entries(versions).map(([library, version]) => `${library} ${version}`)
  const { cpu, cores, memory_gib, system, vector_lanes } = machine
  const vectors = vectorsOf(vector_lanes)
  const width = vectors === undefined ? 'no kernels of our own' : `kernels for ${vectors} (${vector_lanes} lanes)`
  return `\`npm run bench:${name}\`, ${date}: ${cores} cores of ${cpu}, ${width}, ${memory_gib} GiB, ${system}; ${libraries.join(', ')}.`
}

function peersSection(results: readonly PeersResult[]): string {
  return `## Beside PyTorch, Keras and JAX

All start from the same weights and text, each in a process of its own, in turn; the calmest round counts. Each peer takes its
fastest way, in brackets, among its own layers, loops and a backward pass written by hand. \`plain\` is the step alone; with
\`flow\` ‖∂L/∂h_t‖ of every time step and layer is read back at every step. The ratio is the time of the fastest peer divided by
ours: above 1 we are faster. The GEMM floor is the sum of the step's matrix products, each at its own shape in the fastest of
three libraries; the share is that sum divided by our time, and exceeds 100 % where products with weights packed once for all
time steps beat those libraries. \`*\`: other processes took over 0.3 of a CPU meanwhile; \`~\`: rounds lie over 1.25 times apart.

All compute the same, as the last table of each shows: the largest relative differences of our first step from float64 autograd.
Our \`gru\` resets before the matrix product ([equations](math/notation.md)), the peers' after it: products of the same size, other
numbers, so that it is timed but not compared.

${results.map(peersOf).join('\n\n')}`
}

function peersOf(result: PeersResult): string {
  return `### Beside them on ${vectorsOf(result.machine.vector_lanes)}

${measured('peers -- --peers DIR', result)} ${result.threads} CPUs for each, ${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}.

${pointsTable(result)}

${summaryTable(result)}

${checkTable(result)}`
}

function kernelsSection(results: readonly KernelsResult[]): string {
  return `## Matrix products

What one thread attains, in GFLOP/s, of our products compiled for each target, of the libraries that the peers bring (OpenBLAS
through NumPy, PyTorch's own, oneDNN), and of multiply-adds that stay in registers, the peak. A product is rows × K × columns, as
a step of a size has them: of one time step, of a whole batch and of a shard of two; of all time steps (\`*\`, which packs its
weights each time, and which a step leaves to TensorFlow's own operation: blocks of ours for the second cache took more CPU); and some that fit no tile, no panel and no cache (\`odd\`). All in turn in one run; of several rounds the
best counts. The ratio is our best target divided by the best library, whose rates include a call from Python.

${results.map(kernelsOf).join('\n\n')}`
}

function kernelsOf(result: KernelsResult): string {
  return `### Products on ${vectorsOf(result.machine.vector_lanes)}

${measured('kernels -- --python FILE', result)} ${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}.

${targetsTable(result)}

${kernelsTable(result)}`
}

function observeSection(result: ObserveResult): string {
  return `## The cost of observing

${measured('observe', result)}

What a step of \`lstm\` takes more than one that observes nothing: the median over pairs of stretches of steps, one that
observes beside one that does not, in one process, with the quartiles in brackets; which of the two goes first changes from pair
to pair. \`metrics\` is accuracy and the gradient norm of each parameter; \`flow\` is ‖∂L/∂h_t‖ of every time step; \`both\` is
what a job observes by default; \`probe\` goes back once more from the last step's loss alone and includes the flow;
\`saturation\` goes forward once more and has the spectral radii of the recurrent weights; \`bias\` computes the full and the
truncated gradient (k1 = k2 = T / 5) beside the step. The last three are meant for every 10th to 100th step.

${observeTable(result)}`
}

function cellsSection(result: CellsResult): string {
  return `## Every cell

${measured('cells', result)}

The size \`small\`.

${cellsTable(result)}`
}

function lengthSection(result: LengthResult): string {
  return `## Long sequences

${measured('length', result)}

\`lstm\`, N = 16, E = 32, H = 64, V = 96. Start is compiling and the first step; the memory is that of the whole process, with Node
and the engine.

${lengthTable(result)}`
}

function gpuGraphSection(result: GpuGraphResult): string {
  return `## The graph of a GPU

${measured('gpu-graph', result)}

A GPU gets a graph of TensorFlow's own operations, in which a recurrence is a loop of a few steps a turn
([why so](adr/0005-a-recurrence-is-one-operation.md)): it is as large for 5,000 steps as for 100. Computed here by the CPU, as there was
no GPU: the size of the graph and the time to write it hold for a GPU as well, start and step are those of this CPU. N = 4, E = 32,
H = 64, V = 96; start is writing, compiling and the first step, so that what it takes beyond a step is writing and compiling. On a machine with a GPU \`npm run check:gpu\` compares its numbers with
golden numbers and the oracle, and \`npm run bench:gpu -- --peers DIR --python FILE\` times it beside PyTorch with cuDNN and writes
the figures to a file of \`bench/results\`; neither has been run on one yet.

${gpuGraphTable(result)}`
}

function pipelineSection(result: PipelineResult): string {
  return `## The cost of the path of metrics

${measured('pipeline', result)}

What a run of \`lstm\` takes more, as a job of the service, with a row of all series at every step and the flow at every tenth
than with neither: the step, the row's way to the worker, rules of the diagnosis, frames to Redis, archiving. Medians of ${Math.min(...result.rows.map(({ rounds }) => rounds))}
pairs of runs or more, observed and not in turn, each timed over three stretches of one to two seconds; the last column has the
extremes of the pairs. Training takes both cores here, so that all that the worker does is taken from it.${result.note && ` ${result.note}`}

${pipelineTable(result)}`
}

function firstRowSection(result: FirstRowResult): string {
  const { jobs, shapes, engine, note } = result
  return `## From submission to the first row

${measured('first-row', result)}

${jobs} jobs of ${shapes} shapes in turn, from sending \`POST /v1/jobs\` to the first row in a poll, with one idle worker on ${engine}
and everything at its default settings.${note && ` ${note}`}

${firstRowTable(result)}`
}

function pollersSection(result: PollersResult): string {
  const { pollers, streams, seconds, stalled, vanished, load_average, client_lag_p99_ms, rows_trained, note } = result
  return `## Many who watch

${measured('pollers', result)}

One API process, with Redis, a worker that trains two runs (${rows_trained.toLocaleString('en')} steps), and the clients on the same machine, for ${seconds}
seconds: ${pollers.toLocaleString('en')} clients that poll once a second as the dashboard does, each over a connection of its own and all arriving within 10 s, ${streams} with an
open stream of all that a run has, and rude ones: ${stalled} requests that were never read, ${vanished.toLocaleString('en')} that vanished amid their answer. Everything has its default
settings but for the worker's second slot, and training children their low priority.${note && ` ${note}`} The load average of the machine
was ${load_average.join(' before and ')} at the end. A client's time includes what its own process was late by: ${client_lag_p99_ms} ms for
1 of 100.

${pollersTable(result)}`
}

function badBodiesSection(result: BadBodiesResult): string {
  return `## Hostile bodies

${measured('bad-bodies', result)}

One API process answers a body that is made to cost it much, ${result.rounds} times each, and \`GET /livez\` of another client, one after
the other meanwhile. Both times include the client's own. A megabyte of many small fields is refused before it is parsed; the
search for faults ends at the hundredth; a sweep's trials are checked in turns of their own, between which others are answered.

${badBodiesTable(result)}`
}

// docs/performance.md, from the results that are committed.

import { GRID } from './grid.ts'
import { committed, committedByVectors, type Result } from './results.ts'
import { badBodiesTable, type BadBodiesResult } from './tables/bad_bodies.ts'
import { cellsTable, type CellsResult } from './tables/cells.ts'
import { dataTable, type DataResult } from './tables/data.ts'
import { firstRowTable, type FirstRowResult } from './tables/first_row.ts'
import { kernelsTable, targetsTable, type KernelsResult } from './tables/kernels.ts'
import { exportTable, type ExportResult } from './tables/export.ts'
import { gpuGraphTable, type GpuGraphResult } from './tables/gpu_graph.ts'
import { horizonsTable, type HorizonsResult } from './tables/horizons.ts'
import { lengthTable, type LengthResult } from './tables/length.ts'
import { table } from './tables/markdown.ts'
import { observeTable, type ObserveResult } from './tables/observe.ts'
import { pipelineTable, type PipelineResult } from './tables/pipeline.ts'
import { vectorsOf } from './vectors.ts'
import { predictTable, type PredictResult } from './tables/predict.ts'
import { pollersTable, type PollersResult } from './tables/pollers.ts'
import { checkTable, pointsTable, summaryTable, type PeersResult } from './tables/peers.ts'

const INTRODUCTION = `This page shows the speed of training steps and the cost of their observation. Each section names the command that measures it and
writes \`bench/results/<name>.json\`, the machine, and the committed results. A step consists of embedding, recurrence, softmax read-out
at every time step, full backpropagation through time, clipping by the global norm, and Adam, in float32; the batch is passed in, loss
and gradient norm are read back. The time of a step is a median over steps after some warm-up steps. T is the length of a sequence, N the
batch, E the embedding, H the hidden units, V the symbols, L the layers.`

/** The document. Errors: Error when a result is not committed. */
export function performance(): string {
  const sections = [
    peersSection(committedByVectors('peers') as readonly PeersResult[]),
    kernelsSection(committedByVectors('kernels') as readonly KernelsResult[]),
    observeSection(committed('observe') as ObserveResult),
    cellsSection(committed('cells') as CellsResult),
    horizonsSection(committed('horizons') as HorizonsResult),
    lengthSection(committed('length') as LengthResult),
    gpuGraphSection(committed('gpu_graph') as GpuGraphResult),
    pipelineSection(committed('pipeline') as PipelineResult),
    firstRowSection(committed('first_row') as FirstRowResult),
    pollersSection(committed('pollers') as PollersResult),
    badBodiesSection(committed('bad_bodies') as BadBodiesResult),
    dataSection(committed('data') as DataResult),
    predictSection(committedByVectors('predict') as readonly PredictResult[]),
    exportSection(committed('export') as ExportResult),
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
  const { cpu, cores, memory_gib, system, vector_lanes, kernels_for } = machine
  const vectors = vectorsOf(vector_lanes)
  const width = vectors === undefined ? 'no kernels of our own' : `kernels for ${vectors} (${vector_lanes} lanes)`
  const held = kernels_for === undefined ? '' : `, all libraries held to ${kernels_for}`
  return `\`npm run bench:${name}\`, ${date}: ${cores} cores of ${cpu}, ${width}${held}, ${memory_gib} GiB, ${system}; ${libraries.join(', ')}.`
}

function peersSection(results: readonly PeersResult[]): string {
  return `## Beside PyTorch, Keras and JAX

All libraries start from the same weights and text, each in its own process, one after the other; the round with the least
disturbance counts. Each peer uses its fastest implementation, in brackets: its own layers, a loop, or a backward pass written by hand.
\`plain\` is the step alone; with \`flow\`, ‖∂L/∂h_t‖ of every time step and layer is read back at every step. The ratio is the time of the
fastest peer divided by ours: above 1 we are faster. The GEMM floor is the sum of the step's matrix products, each at its own shape in the
fastest of three libraries. The share is that sum divided by our time; it exceeds 100 % if products with weights that are packed once for
all time steps are faster than those libraries, and if there are few symbols, whose inputs are multiplied once for each symbol instead of
once for each step ([why](adr/0023-an-embedding-is-multiplied-once-for-each-symbol.md)). \`*\`: other processes used more than 0.3 of a CPU
meanwhile; \`~\`: rounds differ by more than a factor of 1.25.

All libraries compute the same numbers: the last table of each section shows the largest relative differences of our first step from
float64 autograd. Our \`gru\` resets before the matrix product ([equations](math/notation.md)), that of the peers after it: the products have
the same size but other numbers, so that the table has its time but no difference.

${results.map(peersOf).join('\n\n')}`
}

function peersOf(result: PeersResult): string {
  const cells = [...new Set(result.summary.map(({ cell }) => cell))]
  return `### Beside them on ${vectorsOf(result.machine.vector_lanes)}: ${cells.join(', ')}, ${result.date}

${measured('peers -- --peers DIR', result)} ${result.threads} CPUs for each, ${result.rounds} ${result.rounds === 1 ? 'round' : 'rounds'}.

${pointsTable(result)}

${summaryTable(result)}

${checkTable(result)}`
}

function kernelsSection(results: readonly KernelsResult[]): string {
  return `## Matrix products

The tables show GFLOP/s of one thread: of our products compiled for each target, of the libraries of the peers (OpenBLAS through NumPy,
PyTorch's own, oneDNN), and of multiply-adds that stay in registers, the peak. A product is rows × K × columns, with the shapes of the
step sizes: of one time step, for a whole batch and for one of two shards; of all time steps (\`*\`, with weights packed each time; a step
uses TensorFlow's own operation for these: with ours, which are as fast by themselves, steps took 3 % longer); and some that fit no tile, no
panel and no cache (\`odd\`). One run measures all of them alternately; the best of several rounds counts. The ratio is our best target
divided by the best library, whose rates include a call from Python.

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

The table shows the additional time of an \`lstm\` step with observation: the median over pairs of step sequences, one with and one without
observation, with the quartiles in brackets; their order alternates from pair to pair. The pairs come from several processes, as the
place of the tensors in memory makes one kind of step up to 2 % faster or slower than the other for the life of a process. \`metrics\` is accuracy and the
gradient norm of each parameter; \`flow\` is ‖∂L/∂h_t‖ of every time step; \`both\` is the default of a job; \`probe\` is a second backward
pass from the loss of the last step, and includes the flow; \`saturation\` is a second forward pass with the spectral radii of the recurrent
weights; \`bias\` computes the full and the truncated gradient (k1 = k2 = T / 5) beside the step. The last three are meant for every 10th to
100th step; their pairs come from the first two of the processes.

${observeTable(result)}`
}

function cellsSection(result: CellsResult): string {
  return `## Every cell

${measured('cells', result)}

The size \`small\`. Every program of a table takes one step in each round, so that whatever else the machine does falls on all of them
alike; a ratio is the median over the rounds. Options are set beside the same cell without them; a dash marks an option that the cell
refuses, with the reason that a job gets.

${cellsTable(result)}`
}

function horizonsSection(result: HorizonsResult): string {
  const { steps, units, length } = result
  return `## How far a gradient reaches

${measured('horizons', result)}

Networks of ${units} units after ${steps} updates on sequences of ${length} steps: the horizon \`ln ε/λ_1\` by the largest Lyapunov exponent
([math](math/lyapunov.md)), and \`K_ε\` of the probe flow of the same update, ε = 0.01. λ_1 is the rate in the long run and lies beside ln β; the probe's
horizon also has the first steps back from the loss, in which the gradient turns from the direction that the read-out gives it to the one that shrinks
least, and shrinks faster. Of cells with units that are off, a row in which all units are off at some step has the exponent -Infinity, and so has their mean.

${horizonsTable(result)}`
}

function lengthSection(result: LengthResult): string {
  return `## Long sequences

${measured('length', result)}

\`lstm\`, N = 16, E = 32, H = 64, V = 96. The start consists of compiling and the first step; the memory is that of the whole process
with Node and the engine.

${lengthTable(result)}`
}

function gpuGraphSection(result: GpuGraphResult): string {
  return `## The graph of a GPU

${measured('gpu-graph', result)}

A GPU gets a graph of TensorFlow's own operations, in which a recurrence is a loop with a few steps in each iteration
([why](adr/0005-a-recurrence-is-one-operation.md)): it is as large for 5,000 steps as for 100. The CPU computes it here, because there was
no GPU: the size of the graph and the time to write it also hold for a GPU; start and step are those of this CPU. N = 4, E = 32, H = 64,
V = 96. The start consists of writing, compiling and the first step. On a machine with a GPU, \`npm run check:gpu\` compares its numbers with
golden numbers and the oracle, and \`npm run bench:gpu -- --peers DIR --python FILE\` compares its speed with PyTorch and cuDNN and writes
the figures to a file of \`bench/results\`; neither has run on a GPU yet.

${gpuGraphTable(result)}`
}

function pipelineSection(result: PipelineResult): string {
  return `## The cost of metrics

${measured('pipeline', result)}

The table shows the additional time of an \`lstm\` run, as a job of the service, with a row of all series at every step and the flow at every
tenth: the step, the transfer to the worker, the rules of the diagnosis, frames to Redis, archiving. Medians of ${Math.min(...result.rows.map(({ rounds }) => rounds))}
pairs of runs or more, alternately observed and not, each timed over three intervals of one to two seconds; the last column has the
extremes of the pairs. Training uses both cores here, so that all work of the worker slows it down.${result.note && ` ${result.note}`}

${pipelineTable(result)}`
}

function firstRowSection(result: FirstRowResult): string {
  const { jobs, shapes, engine, note } = result
  return `## From submission to the first row

${measured('first-row', result)}

${jobs} jobs of ${shapes} alternating shapes, from \`POST /v1/jobs\` to the first row in a poll, with one idle worker on ${engine}
and default settings.${note && ` ${note}`}

${firstRowTable(result)}`
}

function pollersSection(result: PollersResult): string {
  const { pollers, streams, seconds, stalled, vanished, load_average, client_lag_p99_ms, rows_trained, note } = result
  return `## Many clients

${measured('pollers', result)}

One API process, Redis, a worker that trains two runs (${rows_trained.toLocaleString('en')} steps), and the clients run on the same machine for ${seconds} seconds:
${pollers.toLocaleString('en')} clients that poll once a second as the dashboard does, each over its own connection and all arriving within 10 s, ${streams} with
an open stream of everything in a run, and misbehaving ones: ${stalled} requests whose response was never read, ${vanished.toLocaleString('en')} clients that disconnected
during a response. All settings are defaults except the worker's second slot and the low priority of training children.${note && ` ${note}`} The load average
of the machine was ${load_average.join(' before and ')} at the end. The time of a client includes the delay of its own process: ${client_lag_p99_ms} ms for 1 of 100.

${pollersTable(result)}`
}

function badBodiesSection(result: BadBodiesResult): string {
  return `## Hostile bodies

${measured('bad-bodies', result)}

One API process answers an expensive body, ${result.rounds} times each, and meanwhile \`GET /livez\` of another client, one request after the other.
Both times include that of the client. A megabyte of many small fields is refused before it is parsed. The search for faults ends at the
hundredth. The trials of a sweep are checked in separate turns, between which other requests are served.

${badBodiesTable(result)}`
}

function dataSection(result: DataResult): string {
  const kept =
    result.kept === 'memory'
      ? 'a folder in memory (TMPDIR), so that no disk decides'
      : 'a disk, flushed before the answer'
  return `## Uploads

${measured('data', result)}

One upload after the other over HTTP, read, counted and kept in ${kept}. The ratio is the speed to that of
JSON.parse over the same lines, or of sha256 over the same bytes, alone in the same run, before and after the upload. The API column is
the most memory that its process had.

${dataTable(result)}`
}

function predictSection(results: readonly PredictResult[]): string {
  return `## Answers of a trained network

Many sequences are asked at once and answered in tiles of rows, as a worker answers all requests that wait. The forward pass of training
keeps what the backward pass needs. All of them compute in turns, in one run, on all cores.

${results.map(predictionsOf).join('\n\n')}`
}

function predictionsOf(result: PredictResult): string {
  return `### Answers on ${vectorsOf(result.machine.vector_lanes)}

${measured('predict -- --python FILE', result)}

${predictTable(result)}`
}

function exportSection(result: ExportResult): string {
  return `## Exports in onnxruntime

${measured('export -- --python FILE', result)}

The same trained network, written by Unroll and by PyTorch's own exporter, runs in onnxruntime in turns; medians of one run.

${exportTable(result)}`
}

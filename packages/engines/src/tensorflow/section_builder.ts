import { targetSteps, type Network, type Ops, type Program, type StepBatch, type Tensors } from '@unroll/bptt'
import type { Graph, Node } from './graph.ts'
import { graphOps } from './ops.ts'
import type { Run, Section, SectionShape } from './section.ts'
import { readAll, type Variables } from './variables.ts'

/** Where the units of a mask are dropped: in whatever belongs to an update. */
const DROPS_UNITS: ReadonlySet<SectionShape['kind']> = new Set(['step', 'forward', 'observe', 'chunk'])

/** What a section that goes through no step is given. */
const NO_INPUTS = { dtype: 'int32', shape: [0], values: [] } as const

/** What all sections begin with. */
export class SectionBuilder {
  readonly graph: Graph
  readonly handles: Variables
  readonly ops: Ops<Node>
  readonly network: Network
  readonly program: Program
  readonly shape: SectionShape
  readonly shards: number
  /** What a run is given. */
  readonly given: Pick<Section, 'inputs' | 'targets' | 'mask' | 'dropout'>
  readonly batch: StepBatch<Node>

  constructor(graph: Graph, handles: Variables, run: Run, shape: SectionShape) {
    this.graph = graph
    this.handles = handles
    this.network = run.network
    this.program = run.program
    this.shards = run.shards
    this.shape = shape
    this.ops = graphOps(graph, run.gpus)
    this.given = this.#placeholders()
    const { inputs = this.graph.constant(NO_INPUTS), targets = inputs, mask, dropout } = this.given
    this.batch = {
      inputs,
      targets,
      mask: mask && { rows: mask },
      dropout: dropout && this.#slices(dropout),
    }
  }

  /** The variables whose names pass, read. */
  read(wanted: (name: string) => boolean): Tensors<Node> {
    const chosen = Object.entries(this.handles).filter(([name]) => wanted(name))
    return readAll(this.graph, Object.fromEntries(chosen))
  }

  #placeholders(): Pick<Section, 'inputs' | 'targets' | 'mask' | 'dropout'> {
    const { batchSize: N, hiddenSize: H, inputs, layers, dropout } = this.network
    const { kind, steps, lossSteps, masked, evaluates } = this.shape
    if (kind === 'ends') return {}
    const rows = [steps, N]
    const hasDropout = dropout > 0 && layers > 1 && DROPS_UNITS.has(kind) && evaluates !== true
    return {
      inputs:
        inputs.kind === 'symbols'
          ? this.graph.placeholder(rows, 'int32')
          : this.graph.placeholder([...rows, inputs.size], 'float32'),
      ...(kind !== 'forward' && lossSteps > 0 && { targets: this.#targets() }),
      ...(masked && { mask: this.graph.placeholder([steps * N, 1], 'float32') }),
      ...(hasDropout && { dropout: this.graph.placeholder([layers - 1, N, H], 'float32') }),
    }
  }

  #targets(): Node {
    const { batchSize: N, readout } = this.network
    const rows = targetSteps(this.network, this.shape.lossSteps) * N
    return readout.kind === 'softmax'
      ? this.graph.placeholder([rows], 'int32')
      : this.graph.placeholder([rows, readout.size], 'float32')
  }

  /** The tensors along the leading axis. */
  #slices(x: Node): Node[] {
    const [count = 0, ...inner] = x.shape
    const parts = this.ops.split(
      x,
      Array.from({ length: count }, () => 1),
      0,
    )
    return parts.map((slice) => this.ops.reshape(slice, inner))
  }
}

// A TensorFlow graph under construction. Every tensor has a static shape, and whoever adds an operation has checked
// that its operands fit: a shape that TensorFlow meets first can end the process.

import { chooseDevice, type Target } from './placement.ts'

export type DType = 'float32' | 'float64' | 'int32' | 'bool' | 'resource'

/** A tensor of the graph: one output of an operation. */
export interface Node {
  /** `n12` for the first output of an operation, `n12:1` for the second. */
  readonly name: string
  readonly shape: readonly number[]
  readonly dtype: DType
  /** Of a tensor of ones and zeros: the booleans it was made from. */
  readonly condition?: Node
}

/** A value of one of the kinds that operations are configured with. */
export type Attribute =
  | { readonly type: DType }
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly floats: readonly number[] }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly shape: readonly number[] }
  | { readonly tensor: Constant }

/** Numbers known when the graph is written; a single number fills the whole shape. */
export interface Constant {
  readonly dtype: 'float32' | 'float64' | 'int32'
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

export type Attributes = Readonly<Record<string, Attribute>>

export interface Operation {
  readonly name: string
  readonly op: string
  /** Names of tensors, then of operations that must have run before, as `^n3`. */
  readonly inputs: readonly string[]
  readonly attributes: Attributes
  /** Empty where TensorFlow may choose. */
  readonly device: string
}

export interface OutputSpec {
  readonly shape: readonly number[]
  readonly dtype: DType
}

/** A loop under construction. */
interface Frame {
  readonly name: string
  /** Names of its operations. */
  readonly operations: Set<string>
  /** Tensors from outside as the loop sees them, by their names there. */
  readonly entered: Map<string, Node>
}

export class Graph {
  readonly target: Target
  readonly operations: Operation[] = []
  readonly #shared = new Map<string, Node>()
  /** The GPU that operations are added for. */
  #gpu = 0
  #frame: Frame | undefined

  constructor(target: Target = 'cpu') {
    this.target = target
  }

  /**
   * Adds an operation. While a loop is written, it belongs to the loop if any of its operands does, and is computed once,
   * before the loop, if none does.
   */
  add(op: string, inputs: readonly Node[], outputs: readonly OutputSpec[], attributes: Attributes = {}): Node[] {
    return this.#add(op, inputs, outputs, { attributes, after: [] })
  }

  #add(
    op: string,
    inputs: readonly Node[],
    outputs: readonly OutputSpec[],
    { attributes, after }: { readonly attributes: Attributes; readonly after: readonly Node[] },
  ): Node[] {
    const frame = inputs.some((input) => this.#isInLoop(input)) ? this.#frame : undefined
    const operands = frame === undefined ? inputs : inputs.map((input) => this.entered(input))
    const name = `n${this.operations.length}`
    const controls = new Set(after.map((node) => `^${operationName(node)}`))
    const reads = [...operands.map((operand) => operand.name), ...controls]
    this.operations.push({
      name,
      op,
      inputs: reads,
      attributes,
      device: chooseDevice(this.target, { op, attributes }, this.#gpu),
    })
    frame?.operations.add(name)
    return outputs.map(({ shape, dtype }, index) => ({ name: index === 0 ? name : `${name}:${index}`, shape, dtype }))
  }

  /** Adds an operation of one output. */
  node(op: string, inputs: readonly Node[], output: OutputSpec, attributes: Attributes = {}): Node {
    return this.add(op, inputs, [output], attributes)[0]!
  }

  /**
   * Adds an operation of one output.
   * @param order.after Tensors whose operations run before it, beside those it reads.
   */
  nodeAfter(
    op: string,
    inputs: readonly Node[],
    output: OutputSpec,
    order: { readonly attributes: Attributes; readonly after: readonly Node[] },
  ): Node {
    return this.#add(op, inputs, [output], order)[0]!
  }

  /**
   * Adds an operation that has an effect and nothing to read; the node only names it.
   * @param after Tensors whose operations run before it, beside those it reads.
   */
  effect(op: string, inputs: readonly Node[], attributes: Attributes = {}, after: readonly Node[] = []): Node {
    return this.#add(op, inputs, [{ shape: [], dtype: 'bool' }], { attributes, after })[0]!
  }

  /** The same tensor, available once `effects` are done. */
  after(effects: readonly Node[], x: Node): Node {
    return this.#add('Identity', [x], [x], { attributes: { T: { type: x.dtype } }, after: effects })[0]!
  }

  /** A tensor that a run is given. */
  placeholder(shape: readonly number[], dtype: 'float32' | 'int32'): Node {
    return this.node('Placeholder', [], { shape, dtype }, { dtype: { type: dtype }, shape: { shape } })
  }

  /** The same constant is kept once. */
  constant(constant: Constant): Node {
    const key = `${constant.dtype}[${constant.shape.join()}]${constant.values.map((value) => (Object.is(value, -0) ? '-0' : value)).join()}`
    const { dtype, shape } = constant
    return this.once(key, () =>
      this.node('Const', [], { shape, dtype }, { dtype: { type: dtype }, value: { tensor: constant } }),
    )
  }

  /** The node of a key, made at its first use; each GPU has its own. */
  once(key: string, make: () => Node): Node {
    const own = `${this.#gpu} ${key}`
    const node = this.#shared.get(own) ?? make()
    this.#shared.set(own, node)
    return node
  }

  /** Has `body` add operations for a GPU, by its number; without, they are for the first. */
  onGpu<Result>(gpu: number, body: () => Result): Result {
    const before = this.#gpu
    this.#gpu = gpu
    try {
      return body()
    } finally {
      this.#gpu = before
    }
  }

  /** Has `body` write a loop: TensorFlow's frame, which `enter` leads into. Errors: TypeError within another loop. */
  loop<Result>(body: () => Result): Result {
    if (this.#frame !== undefined) throw new TypeError('Cannot begin a loop as there is one that has not ended')
    this.#frame = { name: `loop${this.operations.length}`, operations: new Set(), entered: new Map() }
    try {
      return body()
    } finally {
      this.#frame = undefined
    }
  }

  /** What a variable of the loop is at first. Errors: TypeError outside a loop. */
  enter(first: Node): Node {
    return this.#enter(first, false)
  }

  /** A tensor as the loop sees it: the same in every turn, where it comes from outside. Errors: TypeError outside a loop. */
  entered(x: Node): Node {
    if (this.#isInLoop(x)) return x
    const known = this.#frame?.entered.get(x.name)
    const inside = known ?? this.#enter(x, true)
    this.#frame?.entered.set(x.name, inside)
    return inside
  }

  /** Has an operation read one tensor more. It may be one that is made later: TensorFlow allows that of Merge alone. */
  addInput(to: Node, input: Node): void {
    const index = Number(operationName(to).slice(1)) // `add` names an operation by its place
    const operation = this.operations[index]
    if (operation === undefined) throw new RangeError(`Cannot add an input as there is no operation "${to.name}"`)
    this.operations[index] = { ...operation, inputs: [...operation.inputs, input.name] }
  }

  #isInLoop(x: Node): boolean {
    return this.#frame?.operations.has(operationName(x)) === true
  }

  #enter(x: Node, isConstant: boolean): Node {
    const frame = this.#frame
    if (frame === undefined) throw new TypeError('Cannot enter a loop as there is none')
    const inside = this.node('Enter', [x], x, {
      T: { type: x.dtype },
      frame_name: { text: frame.name },
      is_constant: { bool: isConstant },
    })
    frame.operations.add(inside.name)
    return inside
  }

  /** Takes back every operation after the first `count`. */
  rewind(count: number): void {
    const taken = new Set(this.operations.splice(count).map(({ name }) => name))
    for (const [key, node] of this.#shared) if (taken.has(operationName(node))) this.#shared.delete(key)
  }

  /** Whole numbers as an operand: shapes, axes, sizes. */
  integers(...values: readonly number[]): Node {
    return this.constant({ dtype: 'int32', shape: [values.length], values })
  }

  integer(value: number): Node {
    return this.constant({ dtype: 'int32', shape: [], values: [value] })
  }
}

export function operationName({ name }: Node): string {
  return name.split(':', 1)[0]!
}

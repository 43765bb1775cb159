// What a compiler made of functions, as its assembly for x86-64 or aarch64 tells.

/** A loop without another in it. */
export interface InnerLoop {
  readonly instructions: number
  /** Multiply-adds; without fused ones, multiplications. */
  readonly products: number
  /** Instructions that read or write the stack, or its pointer. */
  readonly onStack: readonly string[]
}

const PRODUCT = /^(?:vf(?:n?madd)\w*ps|fmla|v?mulps)\b/
const STACK_POINTER = /^(?:%[re]?sp|sp)$/
/** Copies of the stack pointer, maybe moved by a constant or rounded: `movq %rsp, %rbp`, `leaq 8(%rsp), %r10`, `add x29, sp, 16`. */
const COPIES = [
  /^(?:mov[lq]?\s+|lea[lq]?\s+[-+\w]*\()(%\w+)\)?,\s*(%\w+)$/, // source, target; not what is read from the stack
  /^(?:mov|add|sub)\s+(x\d+|sp),\s*(x\d+|sp)\b/, // target, source
] as const

/** The lines of each function whose name matches, by what the pattern's first group holds. */
export function functionsOf(assembly: string, name: RegExp): ReadonlyMap<string, readonly string[]> {
  const functions = new Map<string, readonly string[]>()
  const lines = assembly.split('\n').map((line) => line.trim())
  for (const [start, line] of lines.entries()) {
    const label = /^([\w.$]+):$/.exec(line)?.[1]
    const found = label === undefined ? null : name.exec(label)
    if (found === null) continue
    const length = lines.slice(start).findIndex((each) => each.startsWith('.size'))
    functions.set(found[1] ?? '', lines.slice(start, length < 0 ? undefined : start + length))
  }
  return functions
}

/** The innermost loops of a function that multiply. */
export function productLoops(lines: readonly string[]): readonly InnerLoop[] {
  const stack = stackRegisters(lines)
  const loops = backwardJumps(lines)
  return loops
    .filter(([start, end]) => !loops.some(([from, to]) => from >= start && to <= end && to - from < end - start))
    .map(([start, end]) => lines.slice(start, end + 1).filter(isInstruction))
    .map((body) => ({
      instructions: body.length,
      products: body.filter((line) => PRODUCT.test(line)).length,
      onStack: body.filter((line) => registersOf(line).some((register) => stack.has(register))),
    }))
    .filter(({ products }) => products > 0)
}

/** From the line of a label to that of a jump back to it. */
function backwardJumps(lines: readonly string[]): readonly (readonly [number, number])[] {
  const labels = new Map<string, number>()
  return lines.flatMap((line, at): readonly (readonly [number, number])[] => {
    const label = /^(\.L\w+):$/.exec(line)?.[1]
    if (label !== undefined) labels.set(label, at)
    const target = /^(?:j\w+|b\.?\w*|[ct]bn?z)\s+(?:.*[\s,])?(\.L\w+)$/.exec(line)?.[1]
    const start = labels.get(target ?? '')
    return start === undefined ? [] : [[start, at]]
  })
}

function isInstruction(line: string): boolean {
  return line !== '' && !/^[.#/]/.test(line) && !line.endsWith(':')
}

/** The stack pointer and the registers that it was copied to, as a frame's pointer is; other uses of those are not told apart. */
function stackRegisters(lines: readonly string[]): ReadonlySet<string> {
  const copies = lines.flatMap((line): readonly string[] => {
    const [, source = '', target = ''] = COPIES[0].exec(line) ?? []
    const [, into = '', from = ''] = COPIES[1].exec(line) ?? []
    if (STACK_POINTER.test(source)) return [target]
    return STACK_POINTER.test(from) ? [into] : []
  })
  return new Set(['%rsp', '%esp', 'sp', ...copies])
}

function registersOf(line: string): readonly string[] {
  return line.match(/%\w+|\b(?:x\d+|sp)\b/g) ?? []
}

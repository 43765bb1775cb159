import type { HostTensor } from '../engine.ts'

/** Tensors by name: parameters, gradients, moments, states. */
export type Tensors<X> = Readonly<Record<string, X>>

/** The tensor of a name. Errors: RangeError when there is none. */
export function named<X>(tensors: Tensors<X>, name: string): X {
  const tensor = tensors[name]
  if (tensor === undefined) {
    throw new RangeError(`Cannot read tensor "${name}" as there are only: ${Object.keys(tensors).join(', ')}`)
  }
  return tensor
}

/** The same names with other tensors. */
export function mapTensors<X, Y>(tensors: Tensors<X>, change: (tensor: X, name: string) => Y): Tensors<Y> {
  const changed: Record<string, Y> = {}
  for (const name of Object.keys(tensors)) changed[name] = change(tensors[name]!, name)
  return changed
}

/** The tensors whose names start with `prefix`, without it. */
export function under<X>(tensors: Tensors<X>, prefix: string): Tensors<X> {
  const found: Record<string, X> = {}
  for (const name of Object.keys(tensors))
    if (name.startsWith(prefix)) found[name.slice(prefix.length)] = tensors[name]!
  return found
}

/** The tensors with `prefix` before each name, added to those of `joined`: to spread objects of so many names takes ten times as long. */
export function prefixed<X>(tensors: Tensors<X>, prefix: string, joined: Record<string, X> = {}): Record<string, X> {
  const names = joinedNames.get(prefix) ?? new Map<string, string>()
  joinedNames.set(prefix, names)
  for (const name of Object.keys(tensors)) {
    const whole = names.get(name) ?? prefix + name
    names.set(name, whole)
    joined[whole] = tensors[name]!
  }
  return joined
}

/** By prefix and name: a name that is made anew is looked up anew, which took each time step longer than a small product. */
const joinedNames = new Map<string, Map<string, string>>()

/** Zeros on the host, of the given shapes. */
export function zeroTensors(shapes: Readonly<Record<string, readonly number[]>>): Record<string, HostTensor> {
  return mapTensors(shapes, (shape) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) }))
}

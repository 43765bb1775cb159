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
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, change(tensor, name)]))
}

/** The tensors whose names start with `prefix`, without it. */
export function under<X>(tensors: Tensors<X>, prefix: string): Tensors<X> {
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  )
}

/** The tensors with `prefix` before each name. */
export function prefixed<X>(tensors: Tensors<X>, prefix: string): Tensors<X> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]))
}

/** Zeros on the host, of the given shapes. */
export function zeroTensors(shapes: Readonly<Record<string, readonly number[]>>): Record<string, HostTensor> {
  return mapTensors(shapes, (shape) => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) }))
}

import type { TensorData } from './tensor.ts'

type Storage<Data extends TensorData> = new (buffer: ArrayBuffer) => Data

interface Dtype {
  /** Bytes of an element. */
  readonly bytes: number
  readonly storage: Storage<TensorData>
}

/** Element types by their name in a safetensors file. Types that no engine uses are left out. */
export const DTYPES: Readonly<Record<string, Dtype>> = {
  F32: { bytes: 4, storage: Float32Array },
  F64: { bytes: 8, storage: Float64Array },
  I32: { bytes: 4, storage: Int32Array },
  I64: { bytes: 8, storage: BigInt64Array },
}

/** The name of the element type of `data`. */
export function nameDtype(data: TensorData): string {
  const found = Object.entries(DTYPES).find(([, { storage }]) => data instanceof storage)
  if (found === undefined) throw new TypeError(`Cannot write a tensor of ${data.constructor.name}`)
  return found[0]
}

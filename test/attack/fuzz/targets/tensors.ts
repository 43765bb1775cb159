import { decodeHdf5, decodeSafetensors, encodeHdf5, encodeSafetensors, type Hdf5File } from '@unroll/formats'
import type { Envelope, FuzzTarget } from '../target.ts'

const LENGTH_BYTES = 8
const TENSORS = {
  'layers.0.Wz': { shape: [2, 3], data: Float32Array.of(1, -0, Infinity, Number.NaN, 1e-45, 2) },
  step: { shape: [], data: BigInt64Array.of(7n) },
  empty: { shape: [0, 4], data: new Float64Array() },
}
export const ARRAYS: Hdf5File = {
  'layers/lstm/cell/vars/0': { shape: [2, 4], data: Float32Array.from({ length: 8 }, (_, at) => at / 8) },
  'layers/dense/vars/0': { shape: [3], data: Float64Array.of(1, 2, 3) },
  'optimizer/vars/0': { shape: [1], data: Float32Array.of(1) },
}

/** Around the header of a safetensors file: its length. */
export const SAFETENSORS_HEADER: Envelope = {
  open: (input) => {
    const end = LENGTH_BYTES + Number(Buffer.from(input).readBigUInt64LE(0))
    return [input.subarray(LENGTH_BYTES, end), input.subarray(end)]
  },
  close: ([header = new Uint8Array(), body = new Uint8Array()]) => {
    const length = Buffer.alloc(LENGTH_BYTES)
    length.writeBigUInt64LE(BigInt(header.length))
    return Buffer.concat([length, header, body])
  },
}

export const SAFETENSORS_TOKENS: readonly string[] = [
  '"__metadata__":{',
  '"dtype":"F32"',
  '"I64"',
  '"shape":[0]',
  '"data_offsets":[0,0]',
  '[9007199254740991,2]',
  '"__proto__"',
]
export const HDF5_TOKENS: readonly string[] = [
  '\x89HDF\r\n\x1a\n',
  'TREE',
  'SNOD',
  'HEAP',
  '\0\0\0\0\0\0\0\0',
  '\xff\xff\xff\xff\xff\xff\xff\xff',
  '\x10\0',
]

/** The readers of tensors. */
export const TENSOR_TARGETS: Readonly<Record<string, FuzzTarget>> = {
  safetensors: {
    seeds: () => [encodeSafetensors(TENSORS), encodeSafetensors(TENSORS, { format: 'pt', 'unroll.note': 'µ' })],
    tokens: SAFETENSORS_TOKENS,
    envelope: SAFETENSORS_HEADER,
    parse: decodeSafetensors,
  },
  hdf5: {
    seeds: () => [encodeHdf5(ARRAYS), encodeHdf5({ a: { shape: [], data: Float32Array.of(1) } })],
    tokens: HDF5_TOKENS,
    parse: decodeHdf5,
  },
}

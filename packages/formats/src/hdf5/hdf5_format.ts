// Numbers of the HDF5 format that reading and writing share.

/** A file of arrays by their paths, such as `layers/lstm/cell/vars/0`. */
export type Hdf5File = Readonly<Record<string, Hdf5Numbers>>

export interface Hdf5Numbers {
  readonly shape: readonly number[]
  readonly data: Float32Array | Float64Array | Uint8Array
}

export const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a] as const

/** Places in a superblock of version 0, whose root is a group. */
export const SUPERBLOCK = {
  version: 8,
  offsetSize: 13,
  lengthSize: 14,
  leafK: 16,
  internalK: 18,
  base: 24,
  freeSpace: 32,
  end: 40,
  driver: 48,
  rootName: 56,
  root: 64,
  rootCache: 72,
  rootTree: 80,
  rootHeap: 88,
  bytes: 96,
} as const

/** Types of the messages of an object header. */
export const MESSAGES = {
  dataspace: 0x01,
  datatype: 0x03,
  fillValue: 0x05,
  layout: 0x08,
  continuation: 0x10,
  symbolTable: 0x11,
} as const

/** How the nodes of a group begin. */
export const NODE = { tree: 'TREE', symbols: 'SNOD', heap: 'HEAP' } as const

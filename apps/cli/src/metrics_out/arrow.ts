import {
  Field,
  Float64,
  List,
  RecordBatch,
  Schema,
  Struct,
  Table,
  Uint32,
  makeData,
  tableToIPC,
  vectorFromArray,
  type Data,
  type DataType,
} from 'apache-arrow'
import type { Run, RunBatch } from './run_rows.ts'

const NUMBER = new Float64()
const LIST = new List(new Field('item', NUMBER, true))

/** An Arrow IPC file (Feather version 2): `step` as uint32, series as float64, the flow as lists of float64. */
export async function* arrowChunks({ job, numbers, lists, batches }: Run): AsyncGenerator<Uint8Array> {
  const fields = [
    new Field('step', new Uint32(), false),
    ...numbers.map((name) => new Field(name, NUMBER, true)),
    ...lists.map((name) => new Field(name, LIST, true)),
  ]
  const about = new Map([
    ['unroll.job', job.id],
    ['unroll.spec', JSON.stringify(job.spec)],
  ])
  const schema = new Schema(fields, about)
  const parts: RecordBatch[] = []
  for await (const batch of batches) parts.push(recordBatch(batch, { schema, numbers, lists }))
  yield tableToIPC(new Table(schema, parts), 'file')
}

function recordBatch(
  batch: RunBatch,
  { schema, numbers, lists }: Pick<Run, 'numbers' | 'lists'> & { schema: Schema },
): RecordBatch {
  const length = batch.steps.length
  const nulls = Array.from({ length }, () => null)
  const children = [
    makeData({ type: new Uint32(), data: Uint32Array.from(batch.steps) }),
    ...numbers.map((name) => column(batch.numbers.get(name) ?? nulls, NUMBER)),
    ...lists.map((name) => column(batch.lists.get(name) ?? nulls, LIST)),
  ]
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }))
}

function column(values: readonly unknown[], type: DataType): Data {
  return vectorFromArray(values, type).data[0]!
}

import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import type { Run } from './run_rows.ts'

/** Of the version of `hyparquet` that the writer has. */
type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]

/**
 * A Parquet file, compressed with Snappy: `step` as int32, series as doubles, the flow as lists of doubles. A batch of rows
 * is a row group.
 */
export async function* parquetChunks({ job, numbers, lists, batches }: Run): AsyncGenerator<Uint8Array> {
  const writer = new ByteWriter()
  const parquet = new ParquetWriter({
    writer,
    schema: [
      { name: 'run', num_children: 1 + numbers.length + lists.length },
      { name: 'step', type: 'INT32', repetition_type: 'REQUIRED' },
      ...numbers.map((name): SchemaElement => ({ name, type: 'DOUBLE', repetition_type: 'OPTIONAL' })),
      ...lists.flatMap(listElements),
    ],
    kvMetadata: [
      { key: 'unroll.job', value: job.id },
      { key: 'unroll.spec', value: JSON.stringify(job.spec) },
    ],
    createdBy: 'unroll',
    statistics: false, // they leave out NaN, and pyarrow's filters drop rows with NaN by them
  })
  for await (const { steps, numbers: numbersOf, lists: listsOf } of batches) {
    const nulls = steps.map(() => null)
    const columnData = [
      { name: 'step', data: [...steps] },
      ...numbers.map((name) => ({ name, data: [...(numbersOf.get(name) ?? nulls)] })),
      ...lists.map((name) => ({ name, data: [...(listsOf.get(name) ?? nulls)] })),
    ]
    await parquet.write({ columnData, rowGroupSize: steps.length })
    yield taken(writer)
  }
  await parquet.finish()
  yield taken(writer)
}

function listElements(name: string): SchemaElement[] {
  return [
    { name, repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST', logical_type: { type: 'LIST' } },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', type: 'DOUBLE', repetition_type: 'OPTIONAL' },
  ]
}

/** The bytes written since the last call; `offset` of the writer goes on. */
function taken(writer: ByteWriter): Uint8Array {
  const bytes = writer.getBytes().slice()
  writer.index = 0
  return bytes
}

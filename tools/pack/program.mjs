// What the packed client is held to in each runtime: in Node, Deno, Bun and a browser.

/**
 * @param {any} client the package
 * @param {{ baseUrl: string, job: string }} service a job there has ended, with the losses 0.5, NaN and Infinity
 * @returns {Promise<Record<string, unknown>>} what was seen, to be compared with what should be
 */
export async function useClient({ UnrollClient, UnrollProblem }, { baseUrl, job }) {
  const client = new UnrollClient({ baseUrl, timeoutMs: 30_000 })
  const created = await client.jobs.create({ model: { cell: 'lstm' }, data: { task: 'adding' } })
  const { status } = await client.jobs.cancel(created.id)
  const { series, steps } = await client.jobs.metrics(job)
  const again = await client.jobs.metrics(job)
  const { columns, cursor } = await client.jobs.metricsTable(job)
  const messages = []
  for await (const { type } of client.stream(job)) messages.push(type)
  const { result } = await client.jobs.wait(job)
  const refused = await client.jobs
    .create({ model: { cell: 'lstm' }, data: { task: 'adding' }, sequence_length: 0 })
    .catch((/** @type {unknown} */ error) => error)
  const dataset = await client.datasets.createInParts(new Blob(['to be or not to be']), {
    uploadKey: `parts-${created.id}`,
    partBytes: 7,
    name: 'hamlet.txt',
  })
  return {
    status,
    steps,
    losses: series.loss.map(String),
    isKept: again.cursor === cursor,
    columns: [columns.step.constructor.name, columns.loss.constructor.name, ...[...columns.loss].map(String)],
    messages: [...new Set(messages)],
    result: String(result.loss),
    refused: refused instanceof UnrollProblem && [
      refused.code,
      refused.faults.map((/** @type {{ pointer: string }} */ { pointer }) => pointer),
    ],
    characters: dataset.characters ?? dataset.bytes,
  }
}

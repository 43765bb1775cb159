/** Time in which an issuer must answer. */
const TIMEOUT_MS = 5_000
/** Most bytes of a page of an issuer: keys take a few thousand. */
const MOST_BYTES = 2 ** 18

/** Reads a whole page in a bounded time and memory. Redirects are not followed. @throws {Error} unless it answers with 200 */
export async function fetchBounded(url: string): Promise<Response> {
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const answer = await fetch(url, { signal, redirect: 'error', headers: { accept: 'application/json' } })
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel()
    throw new Error(`${url} answers ${answer.status}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error(`${url} has more than ${MOST_BYTES} bytes`) // ends the connection
  }
  return new Response(Buffer.concat(chunks), { status: answer.status })
}

import { FORMAT_NAMES, type DatasetFormat } from '@unroll/client'

/**
 * A `fetch` that tells how much of its body has been sent, which that of the browser does not.
 *
 * @param onSent receives the bytes that have been sent, and those of the whole body
 */
export function fetchWithProgress(onSent: (sent: number, total: number) => void): typeof fetch {
  return (input, { method = 'GET', headers, body = null, signal } = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open(method, input instanceof Request ? input.url : input)
      for (const [name, value] of new Headers(headers)) request.setRequestHeader(name, value)
      request.upload.addEventListener('progress', ({ loaded, total }) => onSent(loaded, total))
      request.addEventListener('load', () => resolve(toResponse(request)))
      request.addEventListener('error', () => reject(new TypeError('The connection broke off')))
      request.addEventListener('abort', () => reject(new DOMException('The upload was cancelled', 'AbortError')))
      signal?.addEventListener('abort', () => request.abort(), { once: true })
      request.send(body as XMLHttpRequestBodyInit | null)
    })
}

function toResponse(request: XMLHttpRequest): Response {
  const { status, statusText, responseText } = request
  const type = request.getResponseHeader('content-type')
  return new Response(responseText, { status, statusText, ...(type !== null && { headers: { 'content-type': type } }) })
}

/** The file under the media type of its format. */
export function asFormat(part: Blob, format: DatasetFormat): Blob {
  return part.slice(0, part.size, FORMAT_NAMES[format].mediaTypes[0])
}

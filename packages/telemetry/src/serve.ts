import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

export interface MetricsServer {
  /** The port that is listened on: the one asked for, or any free one where that was 0. */
  readonly port: number
  close(): Promise<void>
}

/** Answers `GET /metrics` for Prometheus, `GET /livez` for whoever supervises, and nothing else, in a process that has no other HTTP. */
export async function serveMetrics(registry: Registry, host: string, port: number): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    const path = request.method === 'GET' ? request.url : undefined
    if (path === '/livez') response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"live"}')
    else if (path !== '/metrics') response.writeHead(404).end()
    else
      registry.metrics().then(
        (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
        () => response.writeHead(500).end(),
      )
  })
  server.listen(port, host)
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'

export interface MetricsServer {
  /** The port in use: the requested one, or a free one for 0. */
  readonly port: number
  close(): Promise<void>
}

/** Serves `GET /metrics` for Prometheus and `GET /livez` for supervisors in a process without other HTTP routes. */
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

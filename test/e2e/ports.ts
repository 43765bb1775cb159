const PORTS = new URL('../../../tools/service/ports.mjs', import.meta.url)

/** A port of the loopback interface that nobody listens on, and that nobody is given by chance. */
export async function freePort(): Promise<number> {
  const ports = (await import(PORTS.href)) as { freePort: (host: string) => Promise<number> }
  return ports.freePort('127.0.0.1')
}

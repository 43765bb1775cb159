import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** A query of a name takes no longer: `TRIES` times this. */
const DNS_MS = 1_500
const TRIES = 2

/** A network as its first address and the number of bits that all of it share. */
type Network = ReturnType<typeof ipaddr.parseCIDR>

/** Finds the addresses of a name; empty where it has none. */
export type Resolve = (name: string) => Promise<string[]>

/** An address that notifications may not be sent to, or a name that has one. */
export class AddressRefusedError extends Error {
  override name = 'AddressRefusedError'
}

/** Decides where notifications may be sent: to public addresses, and to networks that the operator allows. */
export class ReceiverAddresses {
  readonly #networks: readonly Network[]
  readonly #resolve: Resolve

  /**
   * @param networks in CIDR notation, such as `10.1.0.0/16`
   * @throws {Error} at another text
   */
  constructor(networks: readonly string[], resolve: Resolve = resolveName) {
    this.#networks = networks.map((network) => ipaddr.parseCIDR(network))
    this.#resolve = resolve
  }

  /** The addresses of the host of a URL, each of them allowed; empty where a name has none. @throws {AddressRefusedError} */
  async find({ hostname }: URL): Promise<string[]> {
    const host = hostname.replace(/^\[|\]$/g, '')
    const addresses = isIP(host) === 0 ? await this.#resolve(host) : [host]
    // A name with one refused address is refused: a connection may take any of them.
    if (!addresses.every((address) => this.#isAllowed(address)))
      throw new AddressRefusedError(
        isIP(host) === 0 ? 'resolves to an address that is not public' : 'is not a public address',
      )
    return addresses
  }

  #isAllowed(text: string): boolean {
    const address = ipaddr.process(text) // an IPv4 address within IPv6 counts as itself
    if (address.range() === 'unicast') return true
    return this.#networks.some((network) => network[0].kind() === address.kind() && address.match(network))
  }
}

/** Asks the DNS servers alone: unlike the resolver of the system it occupies no thread while they do not answer. */
async function resolveName(name: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: DNS_MS, tries: TRIES })
  const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)])
  return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
}

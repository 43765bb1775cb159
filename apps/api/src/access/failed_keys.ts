import { UnrollError } from '@unroll/contract'
import ipaddr from 'ipaddr.js'

const MOST = 60
const WINDOW_MS = 60_000
/** Addresses that are counted; with more the count begins anew. */
const MOST_KNOWN = 10_000
/** Who has one address of IPv6 has all of these. */
const PREFIX_BYTES = 8

interface Failed {
  count: number
  /** Milliseconds since 1970 at which the count ends. */
  until: number
}

/**
 * Counts keys that do not work, by the address that sent them: each costs a look-up. Addresses that are not public are not
 * counted, as a proxy that many share has one.
 */
export class FailedKeys {
  readonly #found = new Map<string, Failed>()

  /** The error of an address that has sent too many, and the milliseconds until it may send others. */
  refusal(address: string, now: number = Date.now()): { error: UnrollError; endsInMs: number } | undefined {
    const failed = this.#found.get(nameNetwork(address) ?? '')
    if (failed === undefined || failed.until <= now || failed.count < MOST) return undefined
    const error = new UnrollError(
      'RATE_LIMITED',
      `Cannot look up the key as this address has sent ${MOST} within ${WINDOW_MS / 1_000} s that do not work`,
    )
    return { error, endsInMs: failed.until - now }
  }

  note(address: string, now: number = Date.now()): void {
    const network = nameNetwork(address)
    if (network === undefined) return
    const known = this.#found.get(network)
    if (known !== undefined && known.until > now) return void known.count++
    if (this.#found.size >= MOST_KNOWN) this.#found.clear()
    this.#found.set(network, { count: 1, until: now + WINDOW_MS })
  }
}

/** What is counted as one address; undefined of one that is not public. */
function nameNetwork(text: string): string | undefined {
  if (!ipaddr.isValid(text)) return undefined // a Unix socket
  const address = ipaddr.process(text)
  if (address.range() !== 'unicast') return undefined
  return address.kind() === 'ipv4' ? address.toString() : address.toByteArray().slice(0, PREFIX_BYTES).join('.')
}

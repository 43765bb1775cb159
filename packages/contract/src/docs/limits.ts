import { LIMITS } from '../limits.ts'
import { code, opening, table } from './markdown.ts'

const TEXT = `A request with a key has the limits of the key. Where no key is needed there are none, unless \`UNROLL_LIMITS\` sets them. All API
processes of a service count together in Redis.

- \`UNROLL_LIMITS=reads=600,streams=none\` sets limits for each key and owner in place of the defaults below.
- \`unroll create-key NAME --limits reads=60000\`, or \`limits\` of \`POST /v1/keys\`, gives a key limits of its own.
- \`UNROLL_TOTAL_LIMITS=open_jobs=5000,stored_bytes=2000000000000\` limits the whole service (default: 100,000 open jobs).
- \`unroll limits\` and \`GET /v1/limits\` show what is used of what.

A request above a limit that time restores is \`RATE_LIMITED\` (429) with \`Retry-After\`; the client and the command line wait and
send it again. One above a limit that only an end or a deletion restores is \`QUOTA_EXCEEDED\` (403). Every answer has
\`RateLimit: "reads";r=5990;t=42\`: what is left of the quota, and the seconds until it is whole again. Answers to writes and
refusals also have \`RateLimit-Policy: "reads";q=6000;w=60\`: the quota and its window
(draft-ietf-httpapi-ratelimit-headers-10). A process takes up to a sixteenth of what is left in
advance, so that a poll needs no round trip; \`r\` counts what other processes took as spent.
`

const END = `
Data sets, weights and checkpoints of before these limits are not counted.

## The whole service

- **Overload**: while the event loop of an API process is \`UNROLL_MOST_DELAY_MS\` late on average, the process answers
  \`OVERLOADED\` (503). Streams and uploads go on, and \`/livez\` and \`/readyz\` are answered.
- **Storage**: with less than \`UNROLL_RESERVED_BYTES\` free on the disk of the artifacts, or with nine tenths of the memory of Redis
  in use (its \`maxmemory\`, or half of the machine), whatever stores something new is \`STORAGE_FULL\` (507), and \`/readyz\` warns.
  Jobs that run go on, and deleting, cancelling and reading too.
- **Keys that do not work**: after 60 a minute from one public address a process refuses further ones of it (429), except keys that it has
  just served. Addresses that are not public are not counted, as a proxy that many share has one.
- **Slow bodies**: an upload of which less than 16 KiB come within 30 s is broken off. It can go on where it came in parts.
`

/** The document of all limits. */
export function limits(): string {
  const rows = Object.entries(LIMITS).map(([name, { of, keyed, description }]) => [
    code(name),
    of,
    keyed.toLocaleString('en-US'),
    description,
  ])
  return [
    opening('Limits', '`packages/contract/src/limits.ts`'),
    TEXT,
    table(['limit', 'of each', 'default with keys', 'counts'], rows),
    END,
  ].join('\n')
}

import { ERRORS } from '../errors.ts'
import { code, opening } from './markdown.ts'

const INTRODUCTION = [
  `Every response of 400 and above is an \`application/problem+json\` (RFC 9457): \`type\`, \`title\`, \`status\`, \`detail\`, \`code\`
and \`request_id\`. \`errors\` names every faulty place of the request:

\`\`\`json
{ "pointer": "/bptt/k2", "detail": "Must be ≥ k1 (20): current value is 5", "value": 5 }
\`\`\`

\`pointer\` is a JSON Pointer (RFC 6901) into the body, or the name of a query or header field. \`detail\` states the
requirement. The log of the service has the cause of an error of status 500 and above, under the request id.
`,
]

/** The document of all errors, one section for each code. */
export function errors(): string {
  const sections = Object.entries(ERRORS).map(
    ([name, { status, title, retryable }]) =>
      `## ${name}\n\n${title}. Status ${code(String(status))}; ${retryable ? 'the same request may succeed later' : 'the same request fails again'}.\n`,
  )
  return [opening('Errors', '`packages/contract/src/errors.ts`'), ...INTRODUCTION, ...sections].join('\n')
}

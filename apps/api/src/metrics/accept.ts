import Negotiator from 'negotiator'

/** Parameters of a media range other than its quality: no type on offer has any. */
const OTHER_PARAMETERS = /;\s*(?!q=)[^;,]*/gi

/**
 * The type that an `Accept` header (RFC 9110, 12.5.1) asks for: of the highest quality, then the one it names most closely,
 * then the one it names first, then the first on offer. Undefined where it takes none of them. Parameters such as `charset`
 * are ignored.
 */
export function preferred(accept: string | undefined, offers: readonly string[]): string | undefined {
  const header = accept?.trim() || '*/*'
  if (header === '*/*') return offers[0] // what most clients that poll send
  return new Negotiator({ headers: { accept: header.replaceAll(OTHER_PARAMETERS, '') } }).mediaType([...offers])
}

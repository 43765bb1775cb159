// The headers that pages of an allowed origin may send and read, beside those that CORS always allows.

export const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-none-match',
  'last-event-id',
  'prefer',
  'upload-offset',
] as const

export const EXPOSED_HEADERS = [
  'content-disposition',
  'etag',
  'idempotent-replayed',
  'location',
  'preference-applied',
  'ratelimit',
  'ratelimit-policy',
  'repr-digest',
  'retry-after',
  'unroll-cursor',
  'upload-offset',
  'x-request-id',
] as const

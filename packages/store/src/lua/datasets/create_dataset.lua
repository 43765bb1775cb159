-- Writes the record of a data set. A repeated call (same idempotency key) changes nothing.
--
-- KEYS 1 data set, 2 list of data sets, 3 the idempotency key
-- ARGV 1 id, 2 JSON of the record, 3 fingerprint of the request ('' without an idempotency key), 4 milliseconds that the
--   idempotency key is kept
-- Returns { 'created' } | { 'replayed', id of the data set made before } | { 'reused' }
--
-- Atomic, so that of two requests with one key only one makes a data set.
--- @include "idempotency"
local before = replay(KEYS[3], ARGV[3])
if before then return before end
redis.call('SET', KEYS[1], ARGV[2])
redis.call('ZADD', KEYS[2], 0, ARGV[1])
remember(KEYS[3], ARGV[3], ARGV[4], ARGV[1])
return { 'created' }

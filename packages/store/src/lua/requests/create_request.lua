-- Writes the record of a request, an evaluation or a replay, and lists it as open. A repeated call (same idempotency key)
-- changes nothing.
--
-- KEYS 1 record of the job, 2 its requests of the kind, 3 open requests of the kind, 4 the idempotency key
-- ARGV 1 id, 2 JSON of the record, 3 place among the open ones, 4 fingerprint of the request ('' without an idempotency
--   key), 5 milliseconds that the idempotency key is kept, 6… ids of old requests that it replaces
-- Returns { 'created' } | { 'replayed', id of the request made before } | { 'reused' } | { 'no_job' }
--
-- Atomic, so that of two calls with one key only one makes a request, and that none outlives its job.
--- @include "idempotency"
local before = replay(KEYS[4], ARGV[4])
if before then return before end
if redis.call('EXISTS', KEYS[1]) == 0 then return { 'no_job' } end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[3], 0, ARGV[3])
if #ARGV > 5 then redis.call('HDEL', KEYS[2], unpack(ARGV, 6)) end
remember(KEYS[4], ARGV[4], ARGV[5], ARGV[1])
return { 'created' }

-- Writes a new sweep and which jobs are to be made of it. A repeated call (same idempotency key) changes nothing.
--
-- KEYS 1…4: the sweep's; 5: the idempotency key; 6…: data sets
-- ARGV 1 id, 2 now, 3 fingerprint of the request ('' without an idempotency key), 4 milliseconds that the idempotency key
--   is kept, 5 specification, 6 trials and 7 ids of the data sets as JSON, 8 traceparent ('' without one), 9 owner, 10 most
--   jobs of the owner and 11 of all that have not ended ('' for no limit), 12… jobs to be made and their places, alternating
-- Returns { 'created', id } | { 'replayed', id of the sweep made before } | { 'reused' } | { 'no_dataset', its id }
--   | { 'owner_full' or 'service_full', jobs of those that have not ended }
--
-- Atomic, so that a sweep is there with all that is to become of it or not at all, that of two requests with one key only
-- one makes it, that its data sets are kept for it from the check on, and that its runs are counted with the check.
--- @include "sweep"
--- @include "idempotency"
--- @include "unended"
local IDEMPOTENCY = KEYS[5]
local fingerprint, keep_ms, spec, trials, datasets, traceparent, owner = unpack(ARGV, 3, 9)

local before = replay(IDEMPOTENCY, fingerprint)
if before then return before end
local used = cjson.decode(datasets)
for at, dataset in ipairs(used) do
  if redis.call('EXISTS', KEYS[5 + at]) == 0 then return { 'no_dataset', dataset } end
end

local full, unended = exceeds(owner, (#ARGV - 11) / 2, ARGV[10], ARGV[11])
if full then return { full, unended } end

for _, dataset in ipairs(used) do redis.call('ZADD', INDEX, 0, dataset .. ':' .. ID) end
redis.call('HSET', SWEEP, 'status', '', 'created_at', NOW, 'spec', spec, 'trials', trials, 'datasets', datasets,
  'traceparent', traceparent, 'owner', owner)
redis.call('ZADD', SWEEPS, 0, 'all:' .. ID)
enter('running')
plan(12)
remember(IDEMPOTENCY, fingerprint, keep_ms, ID)
return { 'created', ID }

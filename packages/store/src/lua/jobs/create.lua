-- Writes a new job: record, first event, index. A repeated call (same idempotency key, or a job of a sweep that is no
-- longer to be made) changes nothing.
--
-- KEYS 1…8: the job's; 9: its checkpoints; 10: the idempotency key; 11: the data set
-- ARGV 1 id, 2 now, 3 fingerprint of the request ('' without an idempotency key), 4 milliseconds that the idempotency
--   key is kept, 5 data set ('' for a task), 6 priority, 7 id and 8 JSON of a checkpoint to go on from
--   ('' for none), 9 sweep that the job is a run of ('' for none), 10 seconds until its deadline ('' for none), 11 owner,
--   12 most jobs of the owner and 13 of all that have not ended ('' for no limit), 14… fields of the record and their values
-- Returns { 'created', id } | { 'replayed', id of the job made before } | { 'reused' } | { 'no_dataset' }
--   | { 'owner_full' or 'service_full', jobs of those that have not ended }
--
-- Atomic, so that of two requests with one key only one makes a job, that a job is never in the record but not in the
-- index, that a data set cannot be deleted between the check and its use, that a run of a sweep is made once, and that of two jobs
-- that are not both allowed only one is made.
--- @include "job"
--- @include "idempotency"
--- @include "unended"
local CHECKPOINTS, IDEMPOTENCY, DATASET = KEYS[9], KEYS[10], KEYS[11]
local fingerprint, keep_ms, dataset, priority, checkpoint_id, checkpoint, sweep, deadline_seconds, owner =
  unpack(ARGV, 3, 11)

local before = replay(IDEMPOTENCY, fingerprint)
if before then return before end
if dataset ~= '' and redis.call('EXISTS', DATASET) == 0 then return { 'no_dataset' } end
local full, unended = exceeds(owner, sweep == '' and 1 or 0, ARGV[12], ARGV[13]) -- a run of a sweep is counted since it was planned
if full then return { full, unended } end
if sweep ~= '' and redis.call('ZREM', INDEX, 'to_make:' .. sweep .. ':' .. ID) == 0 then return { 'replayed', ID } end

redis.call('HSET', RECORD, 'status', 'queued', 'reason', '', 'priority', priority, 'dataset', dataset, 'created_at', NOW,
  'queued_at', NOW, 'sweep', sweep,
  'revision', 0, 'epoch', 0, 'worker', '', 'restarts', 0, 'step', 0, 'seq', 0, 'scalar_bytes', 0, 'flow_bytes', 0,
  'owner', owner, unpack(ARGV, 14))
if deadline_seconds ~= '' then
  redis.call('HSET', RECORD, 'deadline_at', string.format('%.0f', NOW + deadline_seconds * 1000))
end
if checkpoint_id ~= '' then redis.call('HSET', CHECKPOINTS, checkpoint_id, checkpoint) end
redis.call('ZADD', INDEX, 0, 'all:' .. ID, 0, 'owner:' .. owner .. ':' .. ID, 0, unended_place())
if dataset ~= '' then redis.call('ZADD', INDEX, 0, dataset .. ':' .. ID) end
if sweep ~= '' then redis.call('ZADD', INDEX, 0, sweep .. ':' .. ID, 0, 'open:' .. sweep .. ':' .. ID) end
if due() then redis.call('ZADD', INDEX, 0, due()) end
list_as('queued')
add_event('job_created', field('origin') or '{}')
remember(IDEMPOTENCY, fingerprint, keep_ms, ID)
return { 'created', ID }

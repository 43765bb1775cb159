-- Writes a new job: record, first event, index. A repeated call (same idempotency key) changes nothing.
--
-- KEYS 1…7: the job's; 8: its checkpoints; 9: the idempotency key; 10: the data set
-- ARGV 1 id, 2 now, 3 fingerprint of the request ('' without an idempotency key), 4 milliseconds that the idempotency
--   key is kept, 5 data set ('' for a task), 6 priority, 7 id and 8 JSON of a checkpoint to go on from
--   ('' for none), 9… fields of the record and their values
-- Returns { 'created', id } | { 'replayed', id of the job made before } | { 'reused' } | { 'no_dataset' }
--
-- Atomic, so that of two requests with one key only one makes a job, that a job is never in the record but not in the
-- index, and that a data set cannot be deleted between the check and its use.
--- @include "job"
local CHECKPOINTS, IDEMPOTENCY, DATASET = KEYS[8], KEYS[9], KEYS[10]
local fingerprint, keep_ms, dataset, priority, checkpoint_id, checkpoint = unpack(ARGV, 3, 8)

if fingerprint ~= '' then
  local made = redis.call('HMGET', IDEMPOTENCY, 'fingerprint', 'job')
  if made[1] and made[1] ~= fingerprint then return { 'reused' } end
  if made[1] then return { 'replayed', made[2] } end
end
if dataset ~= '' and redis.call('EXISTS', DATASET) == 0 then return { 'no_dataset' } end

redis.call('HSET', RECORD, 'status', 'queued', 'reason', '', 'priority', priority, 'dataset', dataset, 'created_at', NOW,
  'queued_at', NOW,
  'revision', 0, 'epoch', 0, 'worker', '', 'restarts', 0, 'step', 0, 'seq', 0, 'scalar_bytes', 0, 'flow_bytes', 0,
  unpack(ARGV, 9))
if checkpoint_id ~= '' then redis.call('HSET', CHECKPOINTS, checkpoint_id, checkpoint) end
redis.call('ZADD', INDEX, 0, 'all:' .. ID)
if dataset ~= '' then redis.call('ZADD', INDEX, 0, dataset .. ':' .. ID) end
if due() then redis.call('ZADD', INDEX, 0, due()) end
list_as('queued')
add_event('job_created', field('origin') or '{}')
if fingerprint ~= '' then
  redis.call('HSET', IDEMPOTENCY, 'fingerprint', fingerprint, 'job', ID)
  redis.call('PEXPIRE', IDEMPOTENCY, keep_ms)
end
return { 'created', ID }

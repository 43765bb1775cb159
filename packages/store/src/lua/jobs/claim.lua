-- Hands a job to a worker under a new epoch. When an older attempt still holds the job its worker was lost (the queue
-- delivers a job twice for no other reason): that attempt is closed first.
--
-- KEYS 1…8: the job's; 9: its checkpoints
-- ARGV 1 id, 2 now, 3 worker
-- Returns { 'claimed', epoch, specification, step to go on from, checkpoints as JSON, milliseconds
--   since the job was accepted, traceparent ('' without one), run that it is a fork of as JSON ('' for none) } | { 'refused', state, reason } | { 'not_found' }
--
-- Atomic, so that two workers can never hold one epoch.
--- @include "job"
--- @include "deadline"
--- @include "interrupt"
--- @include "frames"
--- @include "checkpoints"
if not field('status') then return { 'not_found' } end
if field('worker') ~= '' then interrupt('worker_lost') end
if field('status') ~= 'queued' then return { 'refused', field('status'), field('reason') } end

-- Rows beyond the step it goes on from will come again. A frame that holds rows on both sides stays: readers leave out
-- its void rows, which they tell by the attempts.
local function drop_frames(frames, bytes_field, step)
  local newest = redis.call('ZRANGE', frames, -1, -1)[1]
  while newest and frame_head(newest).first_step > step do
    redis.call('ZREM', frames, newest)
    if not frame_head(newest).archived then redis.call('HINCRBY', RECORD, bytes_field, -#newest) end
    newest = redis.call('ZRANGE', frames, -1, -1)[1]
  end
end

local from_step = newest_step()
drop_frames(SCALARS, 'scalar_bytes', from_step)
drop_frames(FLOW, 'flow_bytes', from_step)
local epoch = redis.call('HINCRBY', RECORD, 'epoch', 1)
redis.call('HSET', RECORD, 'worker', ARGV[3], 'step', from_step, 'seq', 0, 'event_number', 0, 'counted_step', from_step)
redis.call('HDEL', RECORD, 'beat_at')
redis.call('RPUSH', ATTEMPTS,
  cjson.encode({ epoch = epoch, worker = ARGV[3], started_at = tonumber(NOW), from_step = from_step }))
enter('starting', '')
return { 'claimed', epoch, field('spec'), from_step, redis.call('HVALS', CHECKPOINTS),
  tonumber(NOW) - tonumber(field('created_at')), field('traceparent') or '', field('fork') or '' }

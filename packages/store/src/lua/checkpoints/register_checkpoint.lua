-- Makes a checkpoint count: the newest one of its job, which the next attempt goes on from.
--
-- KEYS 1…8: the job's; 9: its checkpoints
-- ARGV 1 id of the job, 2 now, 3 epoch, 4 id of the checkpoint, 5 its step, 6 the checkpoint as JSON, 7 data of the event
--   as JSON, 8… ids of those that no longer count
-- Returns 'registered' (also when repeated) | 'fenced'
--
-- Atomic, so that the checkpoint of an older attempt never counts, and that there is no moment without the newest.
--- @include "job"
--- @include "checkpoints"
if not holds(ARGV[3]) then return refuse(ARGV[3]) end

local is_new = redis.call('HSET', CHECKPOINTS, ARGV[4], ARGV[6]) == 1
for at = 8, #ARGV do redis.call('HDEL', CHECKPOINTS, ARGV[at]) end
-- The step of the last heartbeat may be older, and an attempt never ends before a step that the next one goes on from.
if tonumber(field('step')) < tonumber(ARGV[5]) then redis.call('HSET', RECORD, 'step', ARGV[5]) end
if is_new then add_event('checkpoint_written', ARGV[7]) end
return 'registered'

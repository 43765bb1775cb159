-- Takes a damaged checkpoint from those that count, and sets the attempt back to the one before.
--
-- KEYS 1…7: the job's; 8: its checkpoints
-- ARGV 1 id of the job, 2 now, 3 epoch, 4 id of the checkpoint, 5 data of the event as JSON
-- Returns the step that the attempt goes on from (also when repeated), or 'fenced'
--
-- Atomic, so that checkpoints, attempt and metrics agree on that step. The attempt must not have written a row yet.
--- @include "job"
--- @include "frames"
--- @include "rewind"
--- @include "checkpoints"
if not holds(ARGV[3]) then return 'fenced' end

if redis.call('HDEL', CHECKPOINTS, ARGV[4]) == 1 then add_event('checkpoint_corrupt', ARGV[5]) end
local from_step = newest_step()
local attempt = cjson.decode(redis.call('LINDEX', ATTEMPTS, -1))
attempt.from_step = from_step
redis.call('LSET', ATTEMPTS, -1, cjson.encode(attempt))
redis.call('HSET', RECORD, 'step', from_step)
drop_rows_beyond(from_step)
return from_step

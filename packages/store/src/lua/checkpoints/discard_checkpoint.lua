-- Takes a damaged checkpoint from those that count.
--
-- KEYS 1…8: the job's; 9: its checkpoints
-- ARGV 1 id of the job, 2 now, 3 epoch, 4 id of the checkpoint, 5 data of the event as JSON
-- Returns 'discarded' (also when repeated) | 'fenced'
--
-- Atomic, so that an attempt that was closed meanwhile takes nothing from its successor.
--- @include "job"
if not holds(ARGV[3]) then return refuse(ARGV[3]) end
if redis.call('HDEL', KEYS[9], ARGV[4]) == 1 then add_event('checkpoint_corrupt', ARGV[5]) end
return 'discarded'

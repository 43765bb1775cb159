-- Begins the deletion of a job that has ended: from here on nobody keeps it. Whoever begins it, or finds it begun, goes on
-- with the artifacts of the job and then its record.
--
-- KEYS 1…8: the job's; 9: the record of its sweep
-- ARGV 1 id, 2 now, 3 milliseconds since its end at least, 4 '1' to only say what would be
-- Returns 'expired' (also when repeated) | 'kept' | 'in_sweep' while its sweep has not ended | 'too_young' | 'not_found'
--
-- Atomic, so that a job that was kept in time is not deleted.
--- @include "job"
local status = field('status')
if not status then return 'not_found' end
if field('expired') then return 'expired' end
if #MOVES[status] > 0 or NOW - field('finished_at') < tonumber(ARGV[3]) then return 'too_young' end
if field('kept') == '1' then return 'kept' end
-- The rungs of a sweep go by the results and checkpoints of the rungs before.
if redis.call('EXISTS', KEYS[9]) == 1 and not redis.call('HGET', KEYS[9], 'finished_at') then return 'in_sweep' end
if ARGV[4] ~= '1' then redis.call('HSET', RECORD, 'expired', NOW) end
return 'expired'

-- Takes a job off the list of those from whose finding a new job is to go on, and tells what became of it.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 code of the event and 4 its data as JSON
-- Returns 'settled' | 'known' when this was done before
--
-- Atomic, so that of several processes that make the new job one tells of it.
--- @include "job"
if redis.call('ZREM', INDEX, 'to_fork:' .. ID) == 0 then return 'known' end
if field('status') then add_event(ARGV[3], ARGV[4]) end -- else it was deleted
return 'settled'

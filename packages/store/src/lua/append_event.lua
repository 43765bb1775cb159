-- Adds an event to a job's log, which keeps the newest.
--
-- KEYS 1…7: the job's
-- ARGV 1 id, 2 now, 3 epoch ('' for a write that is no worker's), 4 code, 5 data as JSON
-- Returns the sequence number, 'fenced' or 'not_found'
--
-- Atomic, so that sequence numbers have no gap and a lost worker's events are refused.
--- @include "job"
if not field('status') then return 'not_found' end
if ARGV[3] ~= '' and not holds(ARGV[3]) then return refuse(ARGV[3]) end
return add_event(ARGV[4], ARGV[5])

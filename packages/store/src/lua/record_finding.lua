-- Writes down what the diagnosis of an attempt found, as it is now; the first time also as an event.
--
-- KEYS 1…7: the job's
-- ARGV 1 id, 2 now, 3 epoch, 4 code of the finding, 5 the finding as JSON, 6 data of the event as JSON
-- Returns 'found', 'known' or 'fenced'
--
-- Atomic, so that there is one event for each finding of a job, however many attempts find it.
--- @include "job"
if not holds(ARGV[3]) then return refuse(ARGV[3]) end
if redis.call('HSET', RECORD, 'finding:' .. ARGV[4], ARGV[5]) == 0 then return 'known' end
add_event('diagnosis_warning', ARGV[6])
return 'found'

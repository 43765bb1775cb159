-- Adds an event of an attempt to its job's log, which keeps the newest.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 epoch, 4 number of the event within the epoch, 5 code, 6 data as JSON
-- Returns 'added' | 'duplicate' | 'fenced'
--
-- Atomic, so that an event whose first answer was lost is not there twice, and a lost worker's events are refused.
--- @include "job"
local epoch, number, code, data = unpack(ARGV, 3)
if not holds(epoch) then return refuse(epoch) end
if tonumber(number) <= tonumber(field('event_number')) then return 'duplicate' end
redis.call('HSET', RECORD, 'event_number', number)
add_event(code, data)
return 'added'

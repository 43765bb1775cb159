-- Puts a paused job back into line.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now
-- Returns the state it is in now, 'busy' while its worker is still stopping, 'ended' when it cannot go on, or 'not_found'
--
-- Atomic, so that a cancel between look and move cannot be undone.
--- @include "job"
local status = field('status')
if not status then return 'not_found' end
if status == 'pausing' then return 'busy' end
if status == 'cancelling' or #MOVES[status] == 0 then return 'ended' end
if status == 'paused' then enter('queued', '') end
return field('status')

-- Cancels a job: at once when no worker holds it, else by asking its worker to stop.
--
-- KEYS 1…7: the job's
-- ARGV 1 id, 2 now, 3 channel that workers listen to
-- Returns the state it is in now, 'ended' when it had ended otherwise, or 'not_found'
--
-- Atomic, so that a claim between look and move cannot be overlooked.
--- @include "job"
local status = field('status')
if not status then return 'not_found' end
if status == 'cancelling' or status == 'cancelled' then return status end
if #MOVES[status] == 0 then return 'ended' end

if field('worker') == '' then
  enter('cancelled', 'user_cancelled')
  return 'cancelled'
end
enter('cancelling', 'user_cancelled')
redis.call('PUBLISH', ARGV[3], ID) -- only wakes the worker: the state is what counts
return 'cancelling'

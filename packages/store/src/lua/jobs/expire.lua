-- Ends a job whose deadline has passed: at once when no worker holds it, else by asking its worker to stop, and without
-- the worker when that has not stopped within the grace.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 channel that workers listen to, 4 milliseconds of grace
-- Returns 'asked' | 'failed' | 'waiting' while there is nothing to do
--
-- Atomic, so that a claim or an end between look and move cannot be overlooked.
--- @include "job"
--- @include "deadline"
local channel, grace_ms = ARGV[3], tonumber(ARGV[4])
local status, deadline_at = field('status'), tonumber(field('deadline_at'))
if not status or #MOVES[status] == 0 or tonumber(NOW) < deadline_at then return 'waiting' end

if field('worker') == '' then
  fail_at_deadline()
  return 'failed'
end
if tonumber(NOW) >= deadline_at + grace_ms then
  close_attempt('deadline_exceeded')
  fail_at_deadline()
  redis.call('PUBLISH', channel, ID) -- a worker that lives hears that it holds the job no more
  return 'failed'
end
if status == 'cancelling' then return 'waiting' end
enter('cancelling', 'deadline_exceeded')
redis.call('PUBLISH', channel, ID)
return 'asked'

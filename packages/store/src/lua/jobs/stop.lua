-- Cancels or pauses a job: at once when no worker holds it, else by asking its worker to stop.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 channel that workers listen to, 4 state until the worker has stopped, 5 state then, 6 reason
-- Returns the state it is in now, 'ended' when it can no longer get there, or 'not_found'
--
-- Atomic, so that a claim between look and move cannot be overlooked.
--- @include "job"
local channel, stopping, stopped, reason = unpack(ARGV, 3)
local status = field('status')
if not status then return 'not_found' end
if status == stopping or status == stopped then return status end

local to = field('worker') == '' and stopped or stopping
if not is_legal(status, to) then return 'ended' end
enter(to, reason)
if to == stopping then redis.call('PUBLISH', channel, ID) end -- only wakes the worker: the state is what counts
return to

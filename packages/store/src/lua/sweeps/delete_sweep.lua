-- Forgets a sweep that has ended: its record, which runs it had, and its place in the list. Their jobs stay.
--
-- KEYS 1…4: the sweep's
-- ARGV 1 id, 2 now
-- Returns 'deleted' | 'not_ended' | 'not_found'
--
-- Atomic, so that no list names a sweep whose record is gone.
--- @include "sweep"
if redis.call('EXISTS', SWEEP) == 0 then return 'not_found' end
if not redis.call('HGET', SWEEP, 'finished_at') then return 'not_ended' end

redis.call('ZREM', SWEEPS, 'all:' .. ID)
redis.call('DEL', SWEEP, RUNS)
return 'deleted'

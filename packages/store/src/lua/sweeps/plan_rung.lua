-- Adds the next jobs to be made of a sweep.
--
-- KEYS 1…4: the sweep's
-- ARGV 1 id, 2 now, 3 runs there are, 4… jobs to be made and their places, alternating
-- Returns 'planned' | 'refused' when it runs no more, or has other runs
--
-- Atomic, so that of two processes that come to the end of a rung only one begins the next, and none after a cancel.
--- @include "sweep"
if redis.call('HGET', SWEEP, 'status') ~= 'running' then return 'refused' end
if redis.call('HLEN', RUNS) ~= tonumber(ARGV[3]) then return 'refused' end
plan(4)
return 'planned'

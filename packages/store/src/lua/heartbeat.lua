-- Records the progress of an attempt and tells what is wanted of it.
--
-- KEYS 1…7: the job's
-- ARGV 1 id, 2 now, 3 epoch, 4 step, 5 milliseconds of a step ('' when unknown)
-- Returns { state of the job, its reason }, or 'fenced'
--
-- Atomic, so that an attempt that was closed meanwhile cannot write its step.
--- @include "job"
if not holds(ARGV[3]) then return refuse(ARGV[3]) end
redis.call('HSET', RECORD, 'step', ARGV[4])
if ARGV[5] ~= '' then redis.call('HSET', RECORD, 'step_ms', ARGV[5]) end
return { field('status'), field('reason') }

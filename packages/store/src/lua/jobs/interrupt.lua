-- Takes a job from an attempt whose worker was lost.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 epoch of the attempt
-- Returns the state it is in now, or 'fenced' when that attempt no longer holds it
--
-- Atomic, so that a newer attempt, claimed since the caller looked, is left alone.
--- @include "job"
--- @include "deadline"
--- @include "interrupt"
if not holds(ARGV[3]) then return 'fenced' end
interrupt('worker_lost')
return field('status')

-- What the scripts that change a sweep share.
--
-- KEYS[1…4] are the sweep, its runs, the list of sweeps and the index of jobs; ARGV[1] is the id of the sweep and ARGV[2]
-- the time, in milliseconds since 1970 ('' for the server's).
--- @include "clock"

local SWEEP, RUNS, SWEEPS, INDEX = unpack(KEYS)
local ID, NOW = ARGV[1], time_by(ARGV[2])

-- The place in the index of a job of the sweep until it has ended: it counts from when it is planned.
local function unended_place(job)
  return 'unended:' .. (redis.call('HGET', SWEEP, 'owner') or '') .. ':' .. job
end

-- Adds runs that are to be made: jobs and their places, alternating, from an argument on.
local function plan(from)
  for at = from, #ARGV, 2 do
    redis.call('HSET', RUNS, ARGV[at], ARGV[at + 1])
    redis.call('ZADD', INDEX, 0, 'to_make:' .. ID .. ':' .. ARGV[at], 0, unended_place(ARGV[at]))
  end
end

-- Changes the state, and the list of those in it that are not at their end.
local function enter(to, is_end)
  redis.call('ZREM', SWEEPS, redis.call('HGET', SWEEP, 'status') .. ':' .. ID)
  redis.call('HSET', SWEEP, 'status', to)
  if not is_end then redis.call('ZADD', SWEEPS, 0, to .. ':' .. ID) end
end

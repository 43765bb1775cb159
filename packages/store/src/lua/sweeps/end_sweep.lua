-- Ends a sweep all of whose jobs have ended.
--
-- KEYS 1…4: the sweep's
-- ARGV 1 id, 2 now, 3 runs there are, 4 state to enter unless it is being cancelled
-- Returns 'ended' | 'refused' when it has ended before, or has other runs
--
-- Atomic, so that a cancel, or a rung that another process begins, is not overlooked.
--- @include "sweep"
local status = redis.call('HGET', SWEEP, 'status')
if status ~= 'running' and status ~= 'cancelling' then return 'refused' end
if redis.call('HLEN', RUNS) ~= tonumber(ARGV[3]) then return 'refused' end

enter(status == 'cancelling' and 'cancelled' or ARGV[4], true)
redis.call('HSET', SWEEP, 'finished_at', NOW)
for _, dataset in ipairs(cjson.decode(redis.call('HGET', SWEEP, 'datasets'))) do
  redis.call('ZREM', INDEX, dataset .. ':' .. ID)
end
return 'ended'

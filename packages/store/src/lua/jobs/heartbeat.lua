-- Records the progress of an attempt and tells what is wanted of it.
--
-- KEYS 1…8: the job's; 9: what the service was used for
-- ARGV 1 id, 2 now, 3 epoch, 4 step, 5 milliseconds of a step ('' when unknown), 6 platform that it trains on ('' when
--   unknown), 7 what the keys of paces begin with, 8 milliseconds that a pace is kept, 9 '1' when the job could not be saved
--   to be preempted, 10 engine and 11 device that train ('' until they are known)
-- Returns { state of the job, its reason, id of the job that is to have its slot ('' for none) }, or 'fenced'
--
-- Atomic, so that an attempt that was closed meanwhile cannot write its step.
--- @include "job"
local USAGE, engine, device = KEYS[9], ARGV[10], ARGV[11]

-- Adds what was trained since the heartbeat before to what the day (since 1970, in UTC) was used for.
local function count_use()
  local day = math.floor(NOW / 86400000)
  local function add(what, amount)
    if amount <= 0 then return end -- the clock may have been put back
    local use = cjson.encode({ day, what, engine, device, field('project') or '' })
    redis.call('HINCRBY', USAGE, use, string.format('%.0f', amount))
  end
  add('steps', ARGV[4] - field('counted_step'))
  if field('beat_at') then add('ms', NOW - field('beat_at')) end
  redis.call('HSETNX', USAGE, 'since', NOW)
  redis.call('HSET', RECORD, 'counted_step', ARGV[4], 'beat_at', NOW)
end

if not holds(ARGV[3]) then return refuse(ARGV[3]) end
local step, step_ms, platform, paces, keep_ms, is_kept = unpack(ARGV, 4)
redis.call('HSET', RECORD, 'step', step)
if step_ms ~= '' then redis.call('HSET', RECORD, 'step_ms', step_ms) end
if engine ~= '' and field('counted_step') then count_use() end

local shape = field('shape')
if step_ms ~= '' and platform ~= '' and shape then
  redis.call('HSET', paces .. shape, platform, step_ms)
  redis.call('PEXPIRE', paces .. shape, keep_ms)
end

local yields_to = field('yields_to') or ''
if is_kept == '1' and yields_to ~= '' then
  redis.call('HSET', RECORD, 'yields_to', '', 'running_at', NOW) -- not to be asked again at once
  add_event('preemption_failed', '{"for":"' .. yields_to .. '"}')
  yields_to = ''
end
return { field('status'), field('reason'), yields_to }

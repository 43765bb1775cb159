-- Asks the attempt that holds a job to save it and hand its slot over to a job that waits.
--
-- KEYS 1…8: the job's; 9: the record of the one that waits
-- ARGV 1 id, 2 now, 3 epoch of the attempt, 4 id of the job that waits, 5 channel that workers listen to, 6 what the keys of
--   records begin and 7 what they end with
-- Returns 'asked', or 'refused' when what the caller saw no longer holds
--
-- Atomic, so that one slot is handed over for a job that waits, and none for one that has left the line, however many
-- processes look at once.
--- @include "job"
local WAITING_RECORD = KEYS[9]
local epoch, waiting, channel, before, after = unpack(ARGV, 3)

-- Whether another job is saving for the one that waits: its record points there, and no older one still points back.
local function is_served()
  local other = redis.call('HGET', WAITING_RECORD, 'preempts')
  return other and redis.call('HGET', before .. other .. after, 'yields_to') == waiting
end

if not holds(epoch) or field('status') ~= 'running' or (field('yields_to') or '') ~= '' then return 'refused' end
if redis.call('HGET', WAITING_RECORD, 'status') ~= 'queued' or is_served() then return 'refused' end
local priority = redis.call('HGET', WAITING_RECORD, 'priority')
if tonumber(priority) >= tonumber(field('priority')) then return 'refused' end
if tonumber(field('preemptions') or 0) >= tonumber(field('max_preemptions') or 0) then return 'refused' end

redis.call('HSET', RECORD, 'yields_to', waiting)
redis.call('HSET', WAITING_RECORD, 'preempts', ID)
add_event('job_preempting', '{"for":"' .. waiting .. '","priority":' .. priority .. '}')
redis.call('PUBLISH', channel, ID) -- only wakes the worker: the record is what counts
return 'asked'

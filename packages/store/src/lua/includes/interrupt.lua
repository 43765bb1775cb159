-- Ends the attempt before the job is through, and lets the job go on by itself: back to the queue, unless it was asked to
-- stop meanwhile, or it broke down more often than max_restarts allows. Being handed back or preempted costs no restart. Needs `deadline`.
local BREAKDOWNS = { worker_lost = 1, child_frozen = 1, device_lost = 1, engine_error = 1, out_of_memory = 1, storage_error = 1 }

local function interrupt(reason)
  local asked, asked_reason = field('status'), field('reason')
  close_attempt(reason)
  enter('interrupted', reason)
  if asked == 'cancelling' and asked_reason == 'deadline_exceeded' then return fail_at_deadline() end
  if asked == 'cancelling' then return enter('cancelled', asked_reason) end

  local restarts = redis.call('HINCRBY', RECORD, 'restarts', BREAKDOWNS[reason] or 0)
  if reason == 'preempted' then redis.call('HINCRBY', RECORD, 'preemptions', 1) end
  local max_restarts = tonumber(field('max_restarts'))
  if restarts > max_restarts then
    local message = 'Cannot start the job again as max_restarts is ' .. max_restarts
      .. ': it broke down ' .. restarts .. ' times, last by ' .. reason
    local error = { code = 'restarts_exhausted', message = message, pointer = '/max_restarts' }
    redis.call('HSET', RECORD, 'error', cjson.encode(error))
    return enter('failed', 'restarts_exhausted')
  end

  enter('queued', reason)
  if asked == 'pausing' then enter('paused', asked_reason) end
end

-- Moves a job on behalf of the attempt that holds it, and ends the attempt where the state does.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 epoch, 4 state to enter, 5 reason ('' for none), 6 error, 7 result and 8
--   what computes the attempt, as JSON ('' for none)
-- Returns 'moved' (also when repeated) | 'fenced' | 'illegal'
--
-- Atomic, so that epoch and state that were looked at are those that are changed.
--- @include "job"
--- @include "deadline"
--- @include "interrupt"
local epoch, to, reason, error, result, computed_by = unpack(ARGV, 3)
local status = field('status')

if field('epoch') == epoch and status == to then return 'moved' end -- its first answer was lost
if not holds(epoch) then return refuse(epoch) end
if not is_legal(status, to) then return 'illegal' end

if to == 'interrupted' then
  interrupt(reason)
  return 'moved'
end
local stops = to == 'paused' or #MOVES[to] == 0
if reason == '' and (to == 'paused' or to == 'cancelled') then reason = field('reason') end -- as it was asked for
if stops then close_attempt(reason) end
if to == 'failed' and reason == 'deadline_exceeded' then
  fail_at_deadline()
  return 'moved'
end
if computed_by ~= '' then
  local attempt = cjson.decode(redis.call('LINDEX', ATTEMPTS, -1))
  attempt.computed_by = computed_by -- as text: a list without elements would come out of Lua as an object
  redis.call('LSET', ATTEMPTS, -1, cjson.encode(attempt))
end
if reason == 'forked_by_finding' then redis.call('ZADD', INDEX, 0, 'to_fork:' .. ID) end
if error ~= '' then redis.call('HSET', RECORD, 'error', error) end
if result ~= '' then redis.call('HSET', RECORD, 'result', result) end
enter(to, reason)
return 'moved'

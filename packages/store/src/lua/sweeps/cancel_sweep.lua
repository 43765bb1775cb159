-- Has a sweep make no more jobs. Those that were made are to be cancelled by the caller.
--
-- KEYS 1…4: the sweep's
-- ARGV 1 id, 2 now
-- Returns the state it is in now, or 'not_found'
--
-- Atomic, so that no job is made after it.
--- @include "sweep"
local status = redis.call('HGET', SWEEP, 'status')
if not status then return 'not_found' end
if status ~= 'running' then return status end
enter('cancelling')
local first = 'to_make:' .. ID
for _, place in ipairs(redis.call('ZRANGEBYLEX', INDEX, '[' .. first .. ':', '(' .. first .. ';')) do
  redis.call('ZREM', INDEX, place, unended_place(string.sub(place, #first + 2)))
end
return 'cancelling'

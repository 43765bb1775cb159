-- Writes down what the diagnosis of an attempt found, as it is now; that it begins or ceases to hold is also an event.
--
-- KEYS 1…8: the job's
-- ARGV 1 id, 2 now, 3 epoch, 4 code of the finding, 5 the finding as JSON, 6 data of the event as JSON, 7 '1' while it holds
-- Returns 'found', 'resolved', 'known' or 'fenced'
--
-- Atomic, so that there is one event for each change of a finding, however many attempts find it and however often it is sent.
--- @include "job"
if not holds(ARGV[3]) then return refuse(ARGV[3]) end
local name = 'finding:' .. ARGV[4]
local before = field(name)
redis.call('HSET', RECORD, name, ARGV[5])
local held = before and cjson.decode(before).until_step == cjson.null
if ARGV[7] == '1' and not held then
  add_event('diagnosis_warning', ARGV[6])
  return 'found'
end
if ARGV[7] == '0' and held then
  add_event('diagnosis_resolved', ARGV[6])
  return 'resolved'
end
return 'known'

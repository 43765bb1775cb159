-- Sweeps for which something is to be done: those being cancelled, and those that run with jobs to be made, or without a
-- job that has not ended.
--
-- KEYS 1…4: those of a sweep, of which the list and the index count
-- ARGV 1 and 2 as of every script on a sweep, of no meaning here
-- Returns ids
--
-- Atomic, so that a sweep whose jobs are just being made does not look as if all of them had ended; and one call for all,
-- as it is asked twice a second.
--- @include "sweep"
-- How many jobs of a sweep are on a list of the index.
local function count(list, id)
  local first = list .. ':' .. id
  return redis.call('ZLEXCOUNT', INDEX, '[' .. first .. ':', '(' .. first .. ';')
end

local function sweeps_that_are(status)
  local members = redis.call('ZRANGEBYLEX', SWEEPS, '[' .. status .. ':', '(' .. status .. ';')
  local ids = {}
  for at, member in ipairs(members) do ids[at] = string.sub(member, #status + 2) end
  return ids
end

local due = sweeps_that_are('cancelling')
for _, id in ipairs(sweeps_that_are('running')) do
  if count('to_make', id) > 0 or count('open', id) == 0 then due[#due + 1] = id end
end
return due

-- All that a job's answer is made of.
--
-- KEYS 1…8: the job's; ARGV 1 id, 2 how many lines of a class to count in at most
-- Returns { fields and values of the record (none when there is no such job), attempts as JSON, for a queued job: names of
--   lines and how many jobs of each come before it }
--
-- Atomic, so that state, attempts and place belong together.
--- @include "lines"
--- @include "ahead"
local RECORD, ATTEMPTS, WAITING = KEYS[1], KEYS[2], KEYS[7]

local status, priority, line, class = unpack(redis.call('HMGET', RECORD, 'status', 'priority', 'line', 'accelerator'))
local place = status == 'queued' and string.format('%07.0f:', priority) .. ARGV[1]
local ahead = place and ahead_of(WAITING, line or class, place, tonumber(ARGV[2])) or {}
return { redis.call('HGETALL', RECORD), redis.call('LRANGE', ATTEMPTS, 0, -1), ahead }

-- All that a job's answer is made of.
--
-- KEYS 1…7: the job's; ARGV 1 id
-- Returns { fields and values of the record (none when there is no such job), attempts as JSON, place in the queue | nil }
--
-- Atomic, so that state, attempts and place belong together.
local RECORD, ATTEMPTS, WAITING = KEYS[1], KEYS[2], KEYS[7]

return { redis.call('HGETALL', RECORD), redis.call('LRANGE', ATTEMPTS, 0, -1), redis.call('ZRANK', WAITING, ARGV[1]) }

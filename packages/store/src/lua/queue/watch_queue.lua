-- Notes that a queue is being watched, and tells whether jobs may be taken from workers whose locks have run out.
--
-- KEYS 1 since when the queue has been watched without a break
-- ARGV 1 milliseconds without a look that are a break, 2 milliseconds after a break for which nothing may be taken
-- Returns 1 when jobs may be taken, else 0
--
-- Atomic, so that watchers who come back together agree on when the break ended. During a break, such as an absence of this
-- server, the locks of the living run out as well: they need time to renew them. The clock is the server's, as the locks go
-- by that.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local since = math.min(tonumber(redis.call('GET', KEYS[1])) or now, now) -- the clock may have been put back
redis.call('SET', KEYS[1], string.format('%d', since), 'PX', ARGV[1])
return now - since >= tonumber(ARGV[2]) and 1 or 0

-- The moment at which a job arrives: now, but behind every moment handed out before.
--
-- KEYS 1 the newest moment
-- ARGV 1 now ('' for the server's time)
-- Returns milliseconds since 1970
--
-- Atomic, so that ids made of such moments sort by arrival, whichever process makes them, also while the clock stands still
-- or is put back.
--- @include "clock"
local moment = math.max(tonumber(time_by(ARGV[1])), (tonumber(redis.call('GET', KEYS[1])) or 0) + 1)
redis.call('SET', KEYS[1], string.format('%.0f', moment))
return moment

-- Gives back what was taken of a quota and not used, unless its window has ended.
--
-- KEYS 1 what was taken in the window
-- ARGV 1 how much
-- Returns 1
--
-- Atomic, so that no window begins with less than nothing.
local taken = tonumber(redis.call('GET', KEYS[1]) or '0')
if taken > 0 then redis.call('DECRBY', KEYS[1], string.format('%.0f', math.min(taken, ARGV[1]))) end
return 1

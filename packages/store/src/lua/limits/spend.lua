-- Takes a part of a quota that is whole again when its window ends. The window begins with the first that is taken.
--
-- KEYS 1 what was taken in the window
-- ARGV 1 quota, 2 milliseconds of a window, 3 least and 4 most to take, 5 into how many parts to divide what is left: a process
--   that takes more than it needs at once, and spends it by itself, takes one of them
-- Returns { taken: 0 where less than the least is left, left, milliseconds until the window ends }
--
-- Atomic, so that all processes together never take more than the quota.
local quota, window_ms, least, most, parts = tonumber(ARGV[1]), ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local left = math.max(0, quota - tonumber(redis.call('GET', KEYS[1]) or '0'))
local taken = left < least and 0 or math.min(left, math.max(most, math.floor(left / parts)))
if taken > 0 then
  redis.call('INCRBY', KEYS[1], string.format('%.0f', taken))
  if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], window_ms) end
end
local ends_in = redis.call('PTTL', KEYS[1])
return { taken, left - taken, ends_in < 0 and tonumber(window_ms) or ends_in }

-- Counts the bytes of a thing among those that its owner keeps, or no longer. A repeated call changes nothing.
--
-- KEYS 1 bytes of each thing of the owner by its id, and of all by ''; 2 bytes of the whole service
-- ARGV 1 id, 2 bytes (0: it is gone), 3 most bytes of the owner and 4 of the whole service ('' for no limit)
-- Returns { 'stored', bytes of the owner } | { 'owner_full' or 'service_full', bytes of those }
--
-- Atomic, so that of two things that do not both fit only one is counted.
local id, bytes = ARGV[1], tonumber(ARGV[2])
local more = bytes - (tonumber(redis.call('HGET', KEYS[1], id) or '0'))
local own = tonumber(redis.call('HGET', KEYS[1], '') or '0')
local all = tonumber(redis.call('GET', KEYS[2]) or '0')
if more > 0 and ARGV[3] ~= '' and own + more > tonumber(ARGV[3]) then return { 'owner_full', own } end
if more > 0 and ARGV[4] ~= '' and all + more > tonumber(ARGV[4]) then return { 'service_full', all } end

local change = string.format('%.0f', more)
redis.call('HINCRBY', KEYS[1], '', change)
redis.call('INCRBY', KEYS[2], change)
if bytes > 0 then redis.call('HSET', KEYS[1], id, string.format('%.0f', bytes)) else redis.call('HDEL', KEYS[1], id) end
return { 'stored', own + more }

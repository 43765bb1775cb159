-- Adds a command to the log of a session, from which its worker computes it, and another one again after its death. The worker
-- is sent the command itself, so that it needs to read none. A command under a key that was used before is not added again.
--
-- KEYS 1 where the session is, 2 its log, 3 its answers, 4 leases
-- ARGV 1 id, 2 name of the answer, 3 mailbox that it is sent to, 4 the command, 5 most bytes of the log, 6 the channel of the
--   worker that has the session, 7 most bytes of a command that is sent there, 8 the channel and 9 the topic for workers that
--   look for sessions, 10 now ('' for the server's time), 11 digest of the command ('' without a key, which its name is of)
-- Returns { 'added' | 'none' | 'failed' | 'full' | 'reused' } | { 'replayed', the answer of that time where there is one, '' where
--   it is kept no longer }
--
-- Atomic, so that a session with a command always has a lease: one that somebody holds, or one to be taken.
--- @include "clock"
local ID, NAME, MAILBOX, COMMAND = unpack(ARGV, 1, 4)
local LOG, ANSWERS, LEASES, DIGEST = KEYS[2], KEYS[3], KEYS[4], ARGV[11]
local failed, bytes, last = unpack(redis.call('HMGET', KEYS[1], 'failed', 'bytes', 'last'))
if not bytes then return { 'none' } end
local before, answer = unpack(redis.call('HMGET', ANSWERS, 'd:' .. NAME, 'a:' .. NAME))
if before and before ~= DIGEST then return { 'reused' } end
if before and answer then return { 'replayed', answer } end
if failed then return { 'failed' } end
if before then return { 'replayed' } end
local size = string.len(COMMAND)
if tonumber(bytes) + size > tonumber(ARGV[5]) then return { 'full' } end
local entry = redis.call('XADD', LOG, '*', 'name', NAME, 'mailbox', MAILBOX, 'command', COMMAND)
local now = time_by(ARGV[10])
redis.call('HSET', KEYS[1], 'bytes', bytes + size, 'last', entry, 'used', now)
if DIGEST ~= '' then redis.call('HSET', ANSWERS, 'd:' .. NAME, DIGEST) end
local lease = redis.call('ZSCORE', LEASES, ID)
if not lease then redis.call('ZADD', LEASES, 0, ID) end
if tonumber(lease or 0) <= tonumber(now) then
  redis.call('PUBLISH', ARGV[8], ARGV[9])
  return { 'added' }
end
local head = table.concat({ last or '0-0', entry, NAME, MAILBOX }, ' ')
redis.call('PUBLISH', ARGV[6], size <= tonumber(ARGV[7]) and head .. '\n' .. COMMAND or head)
return { 'added' }

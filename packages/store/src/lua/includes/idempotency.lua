-- What scripts share that make a thing at most once for an idempotency key, whose fingerprint is '' where none was given.

-- The answer for a key that was used before; nil for another one.
local function replay(key, fingerprint)
  if fingerprint == '' then return nil end
  local made = redis.call('HMGET', key, 'fingerprint', 'made')
  if not made[1] then return nil end
  return made[1] == fingerprint and { 'replayed', made[2] } or { 'reused' }
end

local function remember(key, fingerprint, keep_ms, id)
  if fingerprint == '' then return end
  redis.call('HSET', key, 'fingerprint', fingerprint, 'made', id)
  redis.call('PEXPIRE', key, keep_ms)
end

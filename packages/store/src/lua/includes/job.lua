-- What the scripts that change a job share.
--
-- KEYS[1…8] are the keys of the job in the order of `Keys.job` (keys.ts); ARGV[1] is the id of the job and ARGV[2] the
-- time, in milliseconds since 1970 ('' for the server's). A script runs alone, so what it reads still holds when it writes.
--
-- An attempt *holds* the job while the field `worker` is not empty: from the claim until its end. Only its holder may
-- write, and only under the newest epoch.
--- @states
--- @include "clock"

local RECORD, ATTEMPTS, EVENTS, SCALARS, FLOW, INDEX, WAITING, DELIVERIES = unpack(KEYS)
local ID, NOW = ARGV[1], time_by(ARGV[2])
local MAX_EVENTS = 1000
local MAX_RECEIVERS = 4

local function field(name)
  return redis.call('HGET', RECORD, name)
end

local function holds(epoch)
  return field('epoch') == epoch and field('worker') ~= ''
end

local function is_legal(from, to)
  for _, status in ipairs(MOVES[from]) do
    if status == to then return true end
  end
  return false
end

-- Queues an event for each receiver that asked for it; deliveries of events that are no longer kept are dropped.
local function notify(seq, code, data)
  if seq > MAX_EVENTS then
    for receiver = 0, MAX_RECEIVERS - 1 do redis.call('HDEL', DELIVERIES, seq - MAX_EVENTS .. ':' .. receiver) end
  end
  local receivers = field('notify:' .. code) -- their places in the specification, such as '0 2'
  if not receivers then return end
  local reason, finding = field('reason'), cjson.decode(data).finding
  local delivery = { event = code, at = tonumber(NOW), status = field('status'), finding = finding, due = tonumber(NOW) }
  if reason ~= '' then delivery.reason = reason end
  for receiver in string.gmatch(receivers, '%d+') do
    local name = seq .. ':' .. receiver
    redis.call('HSET', DELIVERIES, name, cjson.encode(delivery))
    redis.call('ZADD', INDEX, 0, string.format('notify:%015.0f:', NOW) .. ID .. ':' .. name)
  end
end

-- `data` is JSON. Returns the sequence number, which has no gap.
local function add_event(code, data)
  local seq = redis.call('HINCRBY', RECORD, 'events', 1)
  local event = '{"seq":' .. seq .. ',"at":' .. NOW .. ',"code":"' .. code .. '","data":' .. data .. '}'
  redis.call('ZADD', EVENTS, seq, event)
  redis.call('ZREMRANGEBYRANK', EVENTS, 0, -MAX_EVENTS - 1)
  notify(seq, code, data)
  return seq
end

-- The job's places in its line: by priority, then age; and by how long it has been there. Jobs of before do not name their
-- line: they ask for no labels.
local function in_line()
  local line = (field('line') or field('accelerator')) .. ':'
  return line .. string.format('%07.0f:', field('priority')) .. ID,
    'since:' .. line .. string.format('%015.0f:', field('queued_at')) .. ID
end

-- Refuses a write of an attempt that does not hold the job. Those of attempts that lost it to a newer one are counted, and
-- the first of each such attempt is an event.
local function refuse(epoch)
  local newest = field('epoch')
  if newest and tonumber(epoch) < tonumber(newest) then
    redis.call('HINCRBY', RECORD, 'refused_writes', 1)
    if field('refused_epoch') ~= epoch then
      redis.call('HSET', RECORD, 'refused_epoch', epoch)
      add_event('writes_refused', '{"epoch":' .. epoch .. ',"newest_epoch":' .. newest .. '}')
    end
  end
  return 'fenced'
end

local function list_as(status)
  redis.call('ZADD', INDEX, 0, status .. ':' .. ID)
  if status ~= 'queued' then return end
  local place, since = in_line()
  redis.call('ZADD', WAITING, 0, place)
  redis.call('ZADD', INDEX, 0, since)
end

-- The job's place in the index until it has ended. Records of before do not say their owner, and have no place.
local function unended_place()
  return 'unended:' .. (field('owner') or '') .. ':' .. ID
end

-- The job's place in the index by its deadline, if it has one.
local function due()
  local deadline_at = field('deadline_at')
  return deadline_at and string.format('due:%015.0f:', deadline_at) .. ID
end

local function unlist_as(status)
  redis.call('ZREM', INDEX, status .. ':' .. ID)
  if status ~= 'queued' then return end
  local place, since = in_line()
  redis.call('ZREM', WAITING, place)
  redis.call('ZREM', INDEX, since)
end

-- The job's places in the index by when it ended: until it is deleted, and until its rows of metrics have left this server.
local function ended_places()
  local place = string.format('%015.0f:', field('finished_at')) .. ID
  return 'ended:' .. place, 'rows:' .. place
end

local function has_rows()
  return tonumber(field('scalar_bytes') or '0') + tonumber(field('flow_bytes') or '0') > 0
end

-- Changes the state and all that follows from it. The caller has seen to it that the move is legal.
local function enter(to, reason)
  local from = field('status')
  assert(is_legal(from, to), 'Cannot move a job from ' .. from .. ' to ' .. to)
  unlist_as(from)
  redis.call('HSET', RECORD, 'status', to, 'reason', reason)
  if to == 'queued' then redis.call('HSET', RECORD, 'queued_at', NOW) end
  list_as(to)
  if to == 'running' then
    redis.call('HSETNX', RECORD, 'started_at', NOW)
    -- Training time counts from `beat_at`, heartbeat by heartbeat.
    redis.call('HSET', RECORD, 'running_at', NOW, 'beat_at', NOW)
  end
  if #MOVES[to] == 0 then
    redis.call('HSET', RECORD, 'finished_at', NOW)
    redis.call('ZREM', INDEX, 'open:' .. (field('sweep') or '') .. ':' .. ID, unended_place())
    if field('kept') ~= '1' then redis.call('ZREM', INDEX, field('dataset') .. ':' .. ID) end
    local ended, rows = ended_places()
    redis.call('ZADD', INDEX, 0, ended)
    if has_rows() then redis.call('ZADD', INDEX, 0, rows) end
    if due() then redis.call('ZREM', INDEX, due()) end
  end
  local data = { from = from, epoch = tonumber(field('epoch')) }
  if reason ~= '' then data.reason = reason end
  if to == 'starting' then data.worker = field('worker') end
  if to == 'failed' then data.error = cjson.decode(field('error') or 'null') end
  add_event(EVENT_OF[to], cjson.encode(data))
end

-- Ends the attempt that holds the job: from here on its writes are refused.
local function close_attempt(reason)
  local attempt = cjson.decode(redis.call('LINDEX', ATTEMPTS, -1))
  attempt.ended_at = tonumber(NOW)
  attempt.to_step = tonumber(field('step'))
  if reason ~= '' then attempt.end_reason = reason end
  redis.call('LSET', ATTEMPTS, -1, cjson.encode(attempt))
  redis.call('HSET', RECORD, 'worker', '', 'yields_to', '')
end

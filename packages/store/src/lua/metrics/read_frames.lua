-- Frames of metrics behind a cursor and within a range of steps.
--
-- KEYS 1 record, 2 attempts, 3 frames (of scalars or of flow)
-- ARGV 1 epoch and 2 sequence number of the cursor, 3 first and 4 last step, 5 rows and 6 bytes that suffice,
--   7 field of the record that has the pyramid
-- Returns nothing when there is no such job, else { epoch, sequence number and state of the job, attempts as JSON,
--   first step (-1 for none), 1 when frames that match are left, frames, pyramid as JSON ('' for none) }
--
-- Atomic, so that rows, head and attempts belong together.
--- @include "frames"
local RECORD, ATTEMPTS, FRAMES = KEYS[1], KEYS[2], KEYS[3]
local from_step, to_step = tonumber(ARGV[3]), tonumber(ARGV[4])
local enough_rows, enough_bytes = tonumber(ARGV[5]), tonumber(ARGV[6])

local head = redis.call('HMGET', RECORD, 'epoch', 'seq', 'status', ARGV[7])
if not head[3] then return false end
local count = redis.call('ZCARD', FRAMES)

local function frame_at(rank)
  return redis.call('ZRANGE', FRAMES, rank, rank)[1]
end

-- Rank of the first frame, from `low` on, that reaches `from_step`. Of a frame cut by a restart the last step may be
-- beyond that of its successor; both answers are right then, as the rows in question are void.
local function seek(low)
  local high = count
  while low < high do
    local middle = math.floor((low + high) / 2)
    if frame_head(frame_at(middle)).last_step >= from_step then high = middle else low = middle + 1 end
  end
  return low
end

local rank = seek(redis.call('ZCOUNT', FRAMES, '-inf', frame_score(tonumber(ARGV[1]), tonumber(ARGV[2]))))
local frames, rows, bytes, left = {}, 0, 0, 0
while rank < count do
  local frame = frame_at(rank)
  local of = frame_head(frame)
  if of.first_step > to_step then break end
  if rows >= enough_rows or bytes >= enough_bytes then
    left = 1
    break
  end
  frames[#frames + 1] = frame
  rows, bytes, rank = rows + of.rows, bytes + #frame, rank + 1
end

local oldest = count > 0 and frame_head(frame_at(0)).first_step or -1
return { head[1], head[2], head[3], redis.call('LRANGE', ATTEMPTS, 0, -1), oldest, left, frames, head[4] or '' }

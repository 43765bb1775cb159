-- The checkpoints of a job: a hash of JSON by id.
local CHECKPOINTS = KEYS[9]

-- The step to go on from: 0 without a checkpoint.
local function newest_step()
  local step = 0
  for _, json in ipairs(redis.call('HVALS', CHECKPOINTS)) do step = math.max(step, cjson.decode(json).step) end
  return step
end

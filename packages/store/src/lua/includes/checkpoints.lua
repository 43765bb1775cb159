-- The checkpoints of a job: a hash of JSON by id.
local CHECKPOINTS = KEYS[9]

-- The step to go on from: 0 without a checkpoint, that of a fork where it begins.
local function newest_step()
  local step = tonumber(field('fork_step') or 0)
  for _, json in ipairs(redis.call('HVALS', CHECKPOINTS)) do step = math.max(step, cjson.decode(json).step) end
  return step
end

-- Whether a worker has room for a job: the one predicate of whoever takes jobs or looks for some.
--
-- `room` has `accelerator`, what the worker computes on, and `bytes`: at 1 the memory that a job of one device may need there,
-- at 2 that of a job of two GPUs on each of them, and so on; there is none where so many are not free.

-- Bytes that the job of a record is estimated to need on each device, and how many GPUs; nothing where there is no room.
local function fitting(record, room)
  local estimate, gpus = unpack(redis.call('HMGET', record, 'estimate', 'gpus'))
  local cost = estimate and cjson.decode(estimate) or {}
  local bytes = room.accelerator == 'gpu' and cost.gpu_memory_bytes or cost.memory_bytes or 0
  local devices = tonumber(gpus or 1) -- records of before do not say
  local open = room.bytes[devices]
  if open and bytes <= open then return bytes, devices end
end

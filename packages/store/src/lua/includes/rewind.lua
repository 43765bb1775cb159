-- Drops rows that will come again. A frame that holds rows on both sides of the step stays: readers leave out its void
-- rows, which they tell by the attempts.
local function drop_rows_beyond(step)
  for _, of in ipairs({ { SCALARS, 'scalar_bytes' }, { FLOW, 'flow_bytes' } }) do
    local frames, bytes_field = of[1], of[2]
    local newest = redis.call('ZRANGE', frames, -1, -1)[1]
    while newest and frame_head(newest).first_step > step do
      redis.call('ZREM', frames, newest)
      redis.call('HINCRBY', RECORD, bytes_field, -#newest)
      newest = redis.call('ZRANGE', frames, -1, -1)[1]
    end
  end
end

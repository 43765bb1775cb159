-- Lines that jobs are in, by name (`any`, `any{pool=a100}`): of a class of accelerator that of jobs without labels first,
-- and at most so many.
local function lines_of(waiting, class, most)
  local found, from = {}, '[' .. class .. ':'
  while #found < most do
    -- ':' ends the name of a line; '{' begins its labels, and '|' follows that.
    local place = redis.call('ZRANGEBYLEX', waiting, from, '(' .. class .. '|', 'LIMIT', 0, 1)[1]
    if not place then break end
    found[#found + 1] = string.match(place, '^[^:]+')
    from = '[' .. found[#found] .. ';'
  end
  return found
end

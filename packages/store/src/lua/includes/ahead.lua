-- What comes before a place in line. Needs `lines`.

-- Names of lines and how many jobs of each come before a place, alternating: the line that it is in, and at most so many of
-- each class.
local function ahead_of(waiting, own, place, most)
  local ahead = {}
  local function count(line)
    ahead[#ahead + 1] = line
    ahead[#ahead + 1] = redis.call('ZLEXCOUNT', waiting, '[' .. line .. ':', '(' .. line .. ':' .. place)
  end
  count(own)
  for _, class in ipairs({ 'any', 'cpu', 'gpu' }) do
    for _, line in ipairs(lines_of(waiting, class, most)) do
      if line ~= own then count(line) end
    end
  end
  return ahead
end

-- The head of a frame of metrics, as frames.ts writes it: seven 32-bit numbers, big end first.
local function frame_head(frame)
  local epoch, first_seq, last_seq, first_step, last_step, rows, archived = struct.unpack('>I4I4I4I4I4I4I4', frame)
  return {
    epoch = epoch, first_seq = first_seq, last_seq = last_seq, first_step = first_step, last_step = last_step,
    rows = rows, archived = archived == 1,
  }
end

-- Order of a row in the merged line: by epoch, then by sequence number. Exact in a double up to epoch 2^21.
local function frame_score(epoch, seq)
  return string.format('%.0f', epoch * 4294967296 + seq)
end

-- wrk: GET small blobs in turn. Arguments: the path of the container, the token, how many blobs there are.
local requests = {}
local index = 0

function init(arguments)
  for i = 0, tonumber(arguments[3]) - 1 do
    requests[i] = wrk.format("GET", arguments[1] .. "/get-" .. i .. "?" .. arguments[2], {["x-ms-version"] = "2021-12-02"})
  end
  count = tonumber(arguments[3])
end

function request()
  index = (index + 1) % count
  return requests[index]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("bad %d\n", errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

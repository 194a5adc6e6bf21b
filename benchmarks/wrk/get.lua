-- wrk: GET small blobs in turn, `get-0`, `get-1` and so on.
-- From the environment: BENCH_PATH of the container, BENCH_TOKEN, and BENCH_BLOBS, how many there are.
local requests = {}
local index, count = 0, tonumber(os.getenv("BENCH_BLOBS"))

function init()
  local path, token = os.getenv("BENCH_PATH"), os.getenv("BENCH_TOKEN")
  for i = 0, count - 1 do
    requests[i] = wrk.format("GET", path .. "/get-" .. i .. "?" .. token, {["x-ms-version"] = "2021-12-02"})
  end
end

function request()
  index = (index + 1) % count
  return requests[index]
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("bad %d\n", errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

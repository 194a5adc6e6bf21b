-- wrk: PUT small blobs with new names.
-- From the environment: BENCH_PATH of the container, BENCH_TOKEN, and BENCH_BYTES, the size of a blob.
local path, token = os.getenv("BENCH_PATH"), os.getenv("BENCH_TOKEN")
local body = string.rep("x", tonumber(os.getenv("BENCH_BYTES")))
local threads, count = 0, 0
local run

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  math.randomseed(os.time())
  run = number .. "-" .. math.random(1, 1000000000)
end

function request()
  count = count + 1
  return wrk.format("PUT", path .. "/put-" .. run .. "-" .. count .. "?" .. token,
    {["x-ms-blob-type"] = "BlockBlob", ["x-ms-version"] = "2021-12-02", ["Content-Length"] = #body}, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("bad %d\n", errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

-- wrk: PUT small blobs with new names. Arguments: the path of the container, the token, the size of a blob in bytes.
local path, token, body, thread
local threads = 0
local count = 0

function setup(t)
  t:set("number", threads)
  threads = threads + 1
end

function init(arguments)
  path, token = arguments[1], arguments[2]
  body = string.rep("x", tonumber(arguments[3]))
  math.randomseed(os.time())
  thread = number .. "-" .. math.random(1, 1000000000)
end

function request()
  count = count + 1
  return wrk.format("PUT", path .. "/put-" .. thread .. "-" .. count .. "?" .. token,
    {["x-ms-blob-type"] = "BlockBlob", ["x-ms-version"] = "2021-12-02", ["Content-Length"] = #body}, body)
end

function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("bad %d\n", errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end

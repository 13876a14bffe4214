-- Writes for wrk to etcd's HTTP gateway: every request a new value of the next of KEYS keys (50
-- unless the environment says otherwise). Prints the same JSON line as wrk_bids.lua, with what was
-- written as "accepted"; etcd refuses nothing.
--
--   KEYS=50 wrk -t1 -c64 -d5s -s evaluation/wrk_puts.lua http://localhost:2379

local digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local threads = {}

-- RFC 4648, section 4.
local function base64(text)
    local parts = {}
    for at = 1, #text, 3 do
        local a, b, c = text:byte(at, at + 2)
        local bits = a * 65536 + (b or 0) * 256 + (c or 0)
        for place = 0, 3 do
            local digit = math.floor(bits / 64 ^ (3 - place)) % 64
            table.insert(parts, digits:sub(digit + 1, digit + 1))
        end
        if not b then parts[#parts - 1] = "=" end
        if not c then parts[#parts] = "=" end
    end
    return table.concat(parts)
end

function setup(thread)
    table.insert(threads, thread)
end

-- The encoded texts are made once, so that the load costs the client no more than bids do.
function init(arguments)
    keys, values = {}, {}
    for number = 1, tonumber(os.getenv("KEYS") or "50") do
        table.insert(keys, base64("auction" .. number))
    end
    for number = 1, 1000 do
        local bid = string.format('{"bidder":"bidder%d","amount":%d}', number, 100 + number)
        table.insert(values, base64(bid))
    end
    accepted, failed, sent = 0, 0, 0
    headers = {["Content-Type"] = "application/json"}
end

function request()
    sent = sent + 1
    local body = string.format('{"key":"%s","value":"%s"}', keys[sent % #keys + 1],
                               values[sent % #values + 1])
    return wrk.format("POST", "/v3/kv/put", headers, body)
end

function response(status)
    if status == 200 then
        accepted = accepted + 1
    else
        failed = failed + 1
    end
end

function done(summary, latency)
    local total = {accepted = 0, failed = 0}
    for _, thread in ipairs(threads) do
        for name in pairs(total) do total[name] = total[name] + thread:get(name) end
    end
    local errors = summary.errors
    total.failed = total.failed + errors.connect + errors.read + errors.write + errors.timeout
    print(string.format(
        '{"seconds":%.3f,"accepted":%d,"refused":0,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}',
        summary.duration / 1e6, total.accepted, total.failed,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end

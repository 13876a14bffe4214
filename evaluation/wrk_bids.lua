-- Bids for wrk: every request a higher price on the next of the auctions in the environment
-- variable AUCTIONS (ids with commas between). Connections race, so some bids come too late and
-- are refused: accepted and refused are counted apart and printed as one JSON line.
--
--   AUCTIONS=1,2 wrk -t1 -c64 -d5s -s evaluation/wrk_bids.lua http://localhost:8000
--
-- AUCTIONS_PATH=/auctions bids at the auction service itself, or at a node of its cluster.

local threads = {}

function setup(thread)
    table.insert(threads, thread)
end

function init(arguments)
    ids = {}
    for id in os.getenv("AUCTIONS"):gmatch("%d+") do table.insert(ids, id) end
    -- A later run goes on above the prices of the one before.
    price = tonumber(os.getenv("FIRST_PRICE") or "100")
    path = (os.getenv("AUCTIONS_PATH") or "/api/auctions") .. "/"
    turn, accepted, refused, failed, sent = 0, 0, 0, 0, 0
    headers = {["Content-Type"] = "application/json"}
    if os.getenv("LEAN") then headers["Prefer"] = "return=minimal" end
end

function request()
    turn = turn % #ids + 1
    if turn == 1 then price = price + 1 end
    sent = sent + 1
    local body = string.format('{"bidder":"bidder%d","amount":%d}', sent % 1000, price)
    return wrk.format("POST", path .. ids[turn] .. "/bid", headers, body)
end

function response(status)
    if status == 200 then
        accepted = accepted + 1
    elseif status == 409 then
        refused = refused + 1
    else
        failed = failed + 1
    end
end

function done(summary, latency)
    local total = {accepted = 0, refused = 0, failed = 0}
    for _, thread in ipairs(threads) do
        for name in pairs(total) do total[name] = total[name] + thread:get(name) end
    end
    local seconds, errors = summary.duration / 1e6, summary.errors
    total.failed = total.failed + errors.connect + errors.read + errors.write + errors.timeout
    print(string.format(
        '{"seconds":%.3f,"accepted":%d,"refused":%d,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}',
        seconds, total.accepted, total.refused, total.failed,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end

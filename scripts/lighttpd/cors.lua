-- cors.lua - pages of other origins may read what passed the gate, if cors.origins lists them.
--
-- SPDX-License-Identifier: ISC
-- Copyright (c) 2026 The Callgate authors
local request = lighty.r
if request.req_env["CALLGATE"] then
    request.resp_header["Access-Control-Allow-Origin"] = request.req_env["CALLGATE_CORS"] or ""
    if request.req_env["CALLGATE_VARY"] then
        local vary = request.resp_header["Vary"]
        request.resp_header["Vary"] = (vary and vary .. ", " or "") .. request.req_env["CALLGATE_VARY"]
    end
end
return 0

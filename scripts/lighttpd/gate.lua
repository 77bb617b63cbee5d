-- gate.lua - between the gate and the back-end. lighttpd runs it when the request has come, and again
-- when the gate has let it pass: by then CALLGATE says who calls.
--
-- SPDX-License-Identifier: ISC
-- Copyright (c) 2026 The Callgate authors
local request = lighty.r
local identity = request.req_env["CALLGATE"]
request.req_header["Callgate"] = identity or ""
if identity then
    -- The token and the browser's cookies are not the back-end's business.
    request.req_header["Authorization"] = ""
    request.req_header["Cookie"] = ""
end
return 0

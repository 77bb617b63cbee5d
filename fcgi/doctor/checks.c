/*
 * checks.c - the table of checks: what is looked at, in which order, and each server's cure.
 *
 * The order matters twice: what asks without a token comes before anything passed that could be
 * kept in a cache, and the token's end comes last. A line of a cure that does not begin with #
 * begins with a directive of the configurations we ship; a unit test holds the two together.
 *
 * SPDX-License-Identifier: ISC
 * Copyright (c) 2026 The Callgate authors
 */
#include "doctor/doctor_int.h"

#define APACHE_GATE                                                                                \
    "<Proxy \"http://127.0.0.1:8090/\">\n"                                                         \
    "    FcgidAccessChecker \"/usr/local/bin/callgate\"\n"                                         \
    "    FcgidAccessCheckerAuthoritative On\n"                                                     \
    "</Proxy>\n"                                                                                   \
    "# The address of <Proxy> is that of each ProxyPass to the back-end. By `callgate serve`:\n"   \
    "# Require valid-user, in <LocationMatch>, and no other Require after it (callgate-serve.conf)."
#define LIGHTTPD_GATE                                                                              \
    "# In the same $HTTP[\"url\"] block as each proxy.server to the back-end:\n"                   \
    "$HTTP[\"url\"] =~ \"^/api/ver1\\.0/\" {\n"                                                    \
    "    fastcgi.server = ( \"\" => (( \"mode\" => \"authorizer\", \"check-local\" => "            \
    "\"disable\", ... )) )\n"                                                                      \
    "}\n"                                                                                          \
    "# Without \"docroot\"."
#define NGINX_GATE                                                                                 \
    "# In each location with a proxy_pass to the back-end; no other location may have one:\n"      \
    "auth_request /_callgate/gate;"
#define SITE_URL                                                                                   \
    "# In Callgate's settings, [site]: url = the address that people type, https, and serve no\n"  \
    "# other. Then callgate check, and have the settings read anew."
#define APACHE_IDENTITY                                                                            \
    "# Inside <Proxy>, best by: Include \"/usr/local/share/doc/callgate/examples/apache/"          \
    "back-end.conf\"\n"                                                                            \
    "RequestHeader unset Callgate\n"                                                               \
    "RequestHeader set Callgate \"%{CALLGATE}e\" env=CALLGATE\n"                                   \
    "RequestHeader edit* Connection \"(?i)callgate\" \"-\""
#define LIGHTTPD_IDENTITY                                                                          \
    "# With mod_magnet in server.modules (Debian: lighttpd-modules-lua), beside proxy.server:\n"   \
    "magnet.attract-raw-url-to = ( "                                                               \
    "\"/usr/local/share/doc/callgate/examples/lighttpd/gate.lua\" )"
#define NGINX_IDENTITY                                                                             \
    "# In the location with auth_request. A location that sets one header inherits none.\n"        \
    "auth_request_set $callgate $upstream_http_callgate;\n"                                        \
    "proxy_set_header Callgate $callgate;"

#define APACHE_CACHE                                                                                \
    "# No CacheEnable and no cache of another proxy before /oauth/ or the API: an answer depends\n" \
    "# on its Authorization."
#define LIGHTTPD_CACHE                                                                                \
    "# No mod_cache or other proxy that keeps answers before /oauth/ or the API: an answer depends\n" \
    "# on its Authorization."
#define NGINX_CACHE                                                                                   \
    "# No fastcgi_cache in location = /_callgate/gate or /, no proxy_cache before the back-end: an\n" \
    "# answer depends on its Authorization. Take them out, or say fastcgi_cache off; proxy_cache off;"

static void
check_token(struct doctor *doctor)
{
    struct doctor_request request = { .method = "POST", .target = "/oauth/token" };
    struct doctor_answer answer;
    if (doctor->options->app_id == NULL) {
        doctor_note(doctor, DOCTOR_LEFT_OUT, "give --app-id of a trusted application");
        return;
    }
    doctor_ask_oauth(doctor, "/oauth/token", "grant_type=client_credentials", &answer);
    const struct model *json =
        answer.status == 200 ? model_parse(doctor->arena, answer.body) : NULL;
    doctor->token = json == NULL ? NULL : model_find_text(json, "access_token");
    if (doctor->token == NULL)
        doctor_saw(
            doctor, DOCTOR_NOT_ASKED, &request,
            doctor_came(doctor, &answer, "are App ID and secret those of a trusted application?"));
}

const struct doctor_row doctor_rows[] = {
    { { "token",
        "client_credentials gives a token",
        { "# callgate app show APP_ID, callgate app secret APP_ID",
          "# callgate app show APP_ID, callgate app secret APP_ID",
          "# callgate app show APP_ID, callgate app secret APP_ID" } },
      0,
      check_token },
    { { "issuer",
        "the metadata's issuer is this address, by https",
        { SITE_URL, SITE_URL, SITE_URL } },
      0,
      doctor_check_issuer },
    { { "own-pages",
        "Callgate's pages come whole, by https, and take their own forms alone",
        { "ScriptAlias \"/\" \"/usr/local/bin/callgate/\"\n"
          "# No \"Header set\" for its pages, TLS before everything. " SITE_URL,
          "# No setenv.set-response-header for its pages, TLS before everything.\n" SITE_URL,
          "# In `location /`, without add_header, TLS before everything:\n"
          "fastcgi_pass unix:/run/callgate/web.sock;\n" SITE_URL } },
      0,
      doctor_check_own_pages },
    { { "body-limit",
        "bodies that are too large are refused in Callgate's words",
        { "# For the whole server, above http.body_limit; mod_fcgid answers 500 by itself:\n"
          "FcgidMaxRequestLen 17825792\n"
          "# And for refused API requests, in <Location \"/_callgate/error\">:\n"
          "RequestHeader unset Content-Length\n"
          "RequestHeader unset Transfer-Encoding",
          "# server.max-request-size (in KiB) above http.body_limit, or not at all.",
          "# In the server block, and 0 in the API's location and those of the gate:\n"
          "client_max_body_size 17m;\n"
          "fastcgi_pass_request_body off;" } },
      0,
      doctor_check_body_limit },
    { { "gate-missing",
        "without a token nothing gets through, by no address",
        { APACHE_GATE, LIGHTTPD_GATE, NGINX_GATE } },
      0,
      doctor_check_gate_missing },
    { { "authorization-dropped",
        "a good token reaches Callgate and its gate",
        { "# In the <Directory> of the program, and in <Proxy> beside FcgidAccessChecker:\n"
          "CGIPassAuth On",
          "# lighttpd passes Authorization on by itself: look for setenv.set-request-header, or a\n"
          "# proxy before it, that takes it away. gate.lua does so only after the gate:\n"
          "magnet.attract-raw-url-to = ( "
          "\"/usr/local/share/doc/callgate/examples/lighttpd/gate.lua\" )",
          "# nginx passes Authorization on by itself, unless fastcgi_pass_request_headers is off, or\n"
          "# HTTP_AUTHORIZATION set by another line, in the location of the gate or of Callgate:\n"
          "fastcgi_pass unix:/run/callgate/gate.sock;" } },
      NEEDS_TOKEN,
      doctor_check_authorization },
    { { "address-changed",
        "the back-end gets the address that was judged",
        { "# The same path on both sides:\n"
          "ProxyPass \"/api/ver1.0/\" \"http://127.0.0.1:8090/api/ver1.0/\"",
          "# No url.rewrite and no proxy.header map-urlpath for the API:\n"
          "proxy.server = ( \"\" => (( \"host\" => \"127.0.0.1\", \"port\" => 8090 )) )",
          "# No path and no slash behind the port, no rewrite:\n"
          "proxy_pass http://127.0.0.1:8090;" } },
      NEEDS_ECHO,
      doctor_check_address },
    { { "identity-missing",
        "the back-end is told who calls",
        { APACHE_IDENTITY, LIGHTTPD_IDENTITY, NGINX_IDENTITY } },
      NEEDS_ECHO,
      doctor_check_identity },
    { { "spoofed-identity",
        "what a client says about who it is does not reach the back-end",
        { APACHE_IDENTITY, LIGHTTPD_IDENTITY, NGINX_IDENTITY } },
      NEEDS_ECHO,
      doctor_check_spoofed },
    { { "token-leaks",
        "the back-end gets neither token nor cookies",
        { "# Inside <Proxy>:\n"
          "RequestHeader unset Authorization\n"
          "RequestHeader unset Cookie",
          LIGHTTPD_IDENTITY,
          "# In the location with auth_request:\n"
          "proxy_set_header Authorization \"\";\n"
          "proxy_set_header Cookie \"\";" } },
      NEEDS_ECHO,
      doctor_check_token_leaks },
    { { "identity-leaks",
        "the client is not shown what the back-end is told",
        { "# Inside <Proxy>:\n"
          "Header always unset Variable-CALLGATE\n"
          "Header always unset Variable-CALLGATE_CORS\n"
          "Header always unset Variable-CALLGATE_VARY",
          "# lighttpd keeps it to itself: does the back-end send it?\n"
          "magnet.attract-response-start-to = ( "
          "\"/usr/local/share/doc/callgate/examples/lighttpd/cors.lua\" )",
          "# No add_header with $callgate or $upstream_http_callgate but:\n"
          "add_header Access-Control-Allow-Origin $callgate_cors always;\n"
          "add_header Vary $callgate_vary always;" } },
      NEEDS_PASS,
      doctor_check_identity_leaks },
    { { "level-ignored",
        "a Call API application changes no configuration",
        { APACHE_GATE, LIGHTTPD_GATE,
          NGINX_GATE
          "\n# And in location = /_callgate/gate, the request's own method and address:\n"
          "fastcgi_param REQUEST_METHOD $request_method;\n"
          "fastcgi_param REQUEST_URI    $request_uri;" } },
      NEEDS_TOKEN,
      doctor_check_level },
    { { "odd-paths",
        "no odd address gets through, nor one that the back-end takes for another",
        { APACHE_GATE "\nAllowEncodedSlashes NoDecode", LIGHTTPD_GATE,
          NGINX_GATE "\n# And in location = /_callgate/gate the address as it came, never $uri:\n"
                     "fastcgi_param REQUEST_URI    $request_uri;" } },
      NEEDS_TOKEN,
      doctor_check_odd_paths },
    { { "error-bodies",
        "refusals arrive whole: status, JSON, one WWW-Authenticate",
        { "# Inside <Proxy>, and what it leads to:\n"
          "ErrorDocument 401 \"/_callgate/error\"\n"
          "<Location \"/_callgate/error\">\n"
          "    SetEnv CALLGATE_ERR 1\n"
          "</Location>",
          "# Neither server.error-handler nor server.errorfile-prefix with server.error-intercept:\n"
          "# lighttpd then passes on what the authorizer answers.\n"
          "fastcgi.server = ( \"\" => (( \"mode\" => \"authorizer\", ... )) )",
          "# In the location with auth_request, and a location @callgate_error as we ship it:\n"
          "error_page 401 403 500 = @callgate_error;" } },
      0,
      doctor_check_error_bodies },
    { { "query-token",
        "neither token nor method comes by another way",
        { APACHE_GATE "\n# And of what Apache does not show the gate, inside <Proxy>:\n"
                      "RequestHeader unset X-HTTP_Method_Override\n"
                      "# (the whole list is in back-end.conf)",
          LIGHTTPD_GATE, NGINX_GATE "\n# And leave underscores_in_headers off." } },
      0,
      doctor_check_overrides },
    { { "token-cached",
        "no answer and no verdict is kept for the next one",
        { APACHE_CACHE, LIGHTTPD_CACHE, NGINX_CACHE } },
      0,
      doctor_check_token_cached },
    { { "backend-reachable",
        "the back-end can be reached through the gate alone",
        { "# Let the back-end listen on 127.0.0.1, or its firewall know this web server alone.",
          "# Let the back-end listen on 127.0.0.1, or its firewall know this web server alone.",
          "# Let the back-end listen on 127.0.0.1, or its firewall know this web server alone." } },
      0,
      doctor_check_backend },
    { { "stalls",
        "a dozen requests at once wait for no process",
        { "# Clearly more than requests at once, and fewer than PostgreSQL's max_connections:\n"
          "FcgidMaxProcesses 40\n"
          "FcgidMaxProcessesPerClass 40",
          "# In Callgate's settings, [server]: more workers.\n"
          "# One master, which has its workers:\n"
          "fastcgi.server = ( \"\" => (( \"max-procs\" => 1, ... )) )",
          "# In Callgate's settings, [server]: more workers, gate_workers." } },
      0,
      doctor_check_stalls },
    { { "token-revoked",
        "a revoked token is dead within seconds",
        { APACHE_CACHE, LIGHTTPD_CACHE, NGINX_CACHE } },
      NEEDS_TOKEN,
      doctor_check_revoked },
};

const size_t doctor_row_count = LENGTH_OF(doctor_rows);

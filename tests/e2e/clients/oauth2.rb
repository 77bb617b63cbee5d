# oauth2.rb - ruby-oauth2 gets tokens as a program of ours would; programs.py says how it talks.
#
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 The Callgate authors
require "base64"
require "digest"
require "json"
require "oauth2"
require "uri"

STATE = "state &+%ä".freeze
VERIFIER = "ruby-verifier-0123456789-0123456789-0123456789".freeze

def tell(what)
  puts what.to_json
  $stdout.flush
end

def login(token)
  token.get("/api/ver1.0/user/").parsed.fetch("login")
end

def token_by_code(client, settings)
  redirect = settings["redirect_uri"]
  challenge = Base64.urlsafe_encode64(Digest::SHA256.digest(VERIFIER), padding: false)
  tell go_to: client.auth_code.authorize_url(redirect_uri: redirect, scope: "all", state: STATE,
                                             code_challenge: challenge, code_challenge_method: "S256")
  back = JSON.parse($stdin.gets).fetch("came_back")
  answer = URI.decode_www_form(URI(back).query).to_h
  raise "state came back as #{answer["state"]}" unless answer["state"] == STATE

  client.auth_code.get_token(answer.fetch("code"), redirect_uri: redirect, code_verifier: VERIFIER)
end

settings = JSON.parse($stdin.gets)
scheme = settings["in_body"] ? :request_body : :basic_auth
client = OAuth2::Client.new(settings["client_id"], settings["client_secret"], site: settings["site"],
                            authorize_url: "/oauth/authorize", token_url: "/oauth/token", auth_scheme: scheme)
token = case settings["flow"]
        when "code" then token_by_code(client, settings)
        when "password" then client.password.get_token(settings["username"], settings["password"])
        when "client_credentials" then client.client_credentials.get_token(scope: "all")
        end
result = { login: login(token), type: token.params["token_type"], access_token: token.token,
           refresh_token: token.refresh_token, expires_in: token.expires_in, scope: token.params["scope"] }
if token.refresh_token
  later = token.refresh!
  result.update(later_login: login(later), later_access_token: later.token,
                later_refresh_token: later.refresh_token)
end
tell result

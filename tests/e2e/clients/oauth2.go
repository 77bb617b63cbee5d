// oauth2.go - golang.org/x/oauth2 gets tokens as a program of ours would; programs.py says how it talks.
//
// SPDX-License-Identifier: ISC
// Copyright (c) 2026 The Callgate authors
package main

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type settings struct {
	Site         string `json:"site"`
	Flow         string `json:"flow"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	RedirectURI  string `json:"redirect_uri"`
	Username     string `json:"username"`
	Password     string `json:"password"`
}

// recorder tells how the token endpoint was asked.
type recorder struct{ asked []string }

func (r *recorder) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err == nil && request.URL.Path == "/oauth/token" {
		how := "body"
		if _, _, basic := request.BasicAuth(); basic {
			how = "Basic"
		}
		r.asked = append(r.asked, fmt.Sprintf("%s %d", how, response.StatusCode))
	}
	return response, err
}

var input = bufio.NewScanner(os.Stdin)

func read(into interface{}) {
	if !input.Scan() {
		panic("nothing more to read")
	}
	check(json.Unmarshal(input.Bytes(), into))
}

func tell(what interface{}) { check(json.NewEncoder(os.Stdout).Encode(what)) }

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func login(client *http.Client, site string) string {
	response, err := client.Get(site + "/api/ver1.0/user/")
	check(err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		check(fmt.Errorf("GET /user/: %s", response.Status))
	}
	var user struct{ Login string }
	check(json.NewDecoder(response.Body).Decode(&user))
	return user.Login
}

func codeFlow(ctx context.Context, config *oauth2.Config) *oauth2.Token {
	const state, verifier = "state &+%ä", "go-verifier-0123456789-0123456789-0123456789"
	sum := sha256.Sum256([]byte(verifier))
	tell(map[string]string{"go_to": config.AuthCodeURL(state,
		oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(sum[:])),
		oauth2.SetAuthURLParam("code_challenge_method", "S256"))})
	var came struct {
		Back string `json:"came_back"`
	}
	read(&came)
	back, err := url.Parse(came.Back)
	check(err)
	if back.Query().Get("state") != state {
		check(fmt.Errorf("state came back as %q", back.Query().Get("state")))
	}
	token, err := config.Exchange(ctx, back.Query().Get("code"), oauth2.SetAuthURLParam("code_verifier", verifier))
	check(err)
	return token
}

func main() {
	var set settings
	read(&set)
	record := &recorder{}
	ctx := context.WithValue(context.Background(), oauth2.HTTPClient,
		&http.Client{Transport: record, Timeout: 30 * time.Second})
	config := &oauth2.Config{ClientID: set.ClientID, ClientSecret: set.ClientSecret, RedirectURL: set.RedirectURI,
		Scopes:   []string{"all"},
		Endpoint: oauth2.Endpoint{AuthURL: set.Site + "/oauth/authorize", TokenURL: set.Site + "/oauth/token"}}

	var token, later *oauth2.Token
	var err error
	switch set.Flow {
	case "code":
		token = codeFlow(ctx, config)
	case "password":
		token, err = config.PasswordCredentialsToken(ctx, set.Username, set.Password)
	case "client_credentials":
		trusted := &clientcredentials.Config{ClientID: set.ClientID, ClientSecret: set.ClientSecret,
			TokenURL: config.Endpoint.TokenURL, Scopes: config.Scopes}
		token, err = trusted.Token(ctx)
	}
	check(err)
	result := map[string]interface{}{
		"login": login(oauth2.NewClient(ctx, oauth2.StaticTokenSource(token)), set.Site),
		"type":  token.TokenType, "access_token": token.AccessToken, "refresh_token": token.RefreshToken,
		"expires_in": token.Extra("expires_in"), "scope": token.Extra("scope")}
	if token.RefreshToken != "" {
		// What the library does by itself once a token is too old.
		later, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken, Expiry: time.Unix(1, 0)}).Token()
		check(err)
		result["later_login"] = login(oauth2.NewClient(ctx, oauth2.StaticTokenSource(later)), set.Site)
		result["later_access_token"], result["later_refresh_token"] = later.AccessToken, later.RefreshToken
	}
	result["asked"] = record.asked
	tell(result)
}

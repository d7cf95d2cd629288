package main

import (
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// answer reads the whole request, thinks as long as a distant service would,
// and answers in the manner of the host that was asked.
func answer(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	time.Sleep(time.Duration(20+rand.IntN(40)) * time.Millisecond)
	path := r.URL.Path
	switch {
	case r.Host == "discord.com" && strings.HasPrefix(path, "/api/webhooks/"):
		discordWebhook(w)
	case r.Host == "discord.com":
		discordPage(w, r)
	case r.Host == "hooks.slack.com":
		slackWebhook(w)
	case r.Host == "webhook.site":
		requestBin(w, path)
	default:
		ordinaryPage(w, r)
	}
}

// discordWebhook answers as Discord does to a webhook without ?wait=true.
func discordWebhook(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Server", "cloudflare")
	h.Set("CF-RAY", randomHex(8)+"-FRA")
	h.Set("CF-Cache-Status", "DYNAMIC")
	h.Set("Via", "1.1 google")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-RateLimit-Bucket", randomHex(16))
	h.Set("X-RateLimit-Limit", "5")
	h.Set("X-RateLimit-Remaining", "4")
	h.Set("X-RateLimit-Reset", strconv.FormatInt(time.Now().Unix()+1, 10))
	h.Set("X-RateLimit-Reset-After", "1")
	h.Add("Set-Cookie", "__dcfduid="+randomHex(16)+"; Max-Age=157680000; Path=/; Secure; HttpOnly; SameSite=Lax")
	h.Add("Set-Cookie", "__sdcfduid="+randomHex(48)+"; Max-Age=157680000; Path=/; Secure; HttpOnly; SameSite=Lax")
	w.WriteHeader(http.StatusNoContent)
}

func slackWebhook(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Server", "Apache")
	h.Set("Content-Type", "text/html")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains; preload")
	h.Set("Vary", "Accept-Encoding")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("X-Slack-Backend", "r")
	h.Set("X-Slack-Unique-ID", randomHex(14))
	h.Set("Via", "1.1 slack-prod.tinyspeck.com, envoy-www-iad-"+randomHex(4))
	io.WriteString(w, "ok")
}

func requestBin(w http.ResponseWriter, path string) {
	h := w.Header()
	h.Set("Server", "nginx")
	h.Set("Content-Type", "text/html; charset=UTF-8")
	h.Set("Cache-Control", "no-cache, private")
	h.Set("X-Request-Id", randomHex(16))
	h.Set("X-Token-Id", strings.Trim(path, "/"))
	io.WriteString(w, "This address has no content of its own yet.")
}

// discordPage is a page with a few parts. Its script goes to the next page
// after a while, as long as there are steps left (?steps=N); posts to the
// webhook in the query (?hook=PATH) now and then; or stays where it is and
// posts N times, every so many milliseconds (?every=MS&times=N).
func discordPage(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/assets/") {
		filler(w, r)
		return
	}
	q := r.URL.Query()
	steps, _ := strconv.Atoi(q.Get("steps"))
	every, _ := strconv.Atoi(q.Get("every"))
	times, _ := strconv.Atoi(q.Get("times"))
	script := "const post = () => fetch(" + strconv.Quote(q.Get("hook")) + `, {
  method: "POST", headers: {"Content-Type": "application/json"},
  body: JSON.stringify({username: "page", content: "status " + "x".repeat(140)})});
`
	switch {
	case every > 0:
		script += fmt.Sprintf("let left = %d;\nconst beat = setInterval(() => { post(); if (--left == 0) clearInterval(beat); }, %d);\n", times, every)
	case steps > 0:
		next := fmt.Sprintf("/channels/%d?steps=%d&hook=%s", rand.Uint32(), steps-1, q.Get("hook"))
		think := 1500 + int(rand.ExpFloat64()*4000)
		script += fmt.Sprintf("setTimeout(() => location = %q, %d);\n", next, min(think, 15000))
		if rand.IntN(2) == 0 {
			script += fmt.Sprintf("setTimeout(post, %d);\n", rand.IntN(1400))
		}
	}
	w.Header().Set("Server", "cloudflare")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprintf(w, "<!doctype html><title>Channel</title>\n")
	for range 2 + rand.IntN(4) {
		fmt.Fprintf(w, "<img alt src=/assets/%s.png>\n", randomHex(6))
	}
	fmt.Fprintf(w, "<p>%s</p>\n<script>\n%s</script>\n", strings.Repeat("Words of a channel. ", 40+rand.IntN(100)), script)
}

func ordinaryPage(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "nginx")
	filler(w, r)
}

// filler sends some kilobytes; how many depends on the path alone.
func filler(w http.ResponseWriter, r *http.Request) {
	hash := fnv.New32a()
	io.WriteString(hash, r.Host+r.URL.Path)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "max-age=3600")
	io.WriteString(w, strings.Repeat("0123456789abcde\n", 16+int(hash.Sum32()%400)))
}

func randomHex(bytes int) string {
	b := make([]byte, bytes)
	for i := range b {
		b[i] = byte(rand.Uint32())
	}
	return hex.EncodeToString(b)
}

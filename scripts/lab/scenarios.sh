# shellcheck shell=bash disable=SC2034,SC2154 # capture.sh reads and sets these
# What happens in each capture. A scenario names itself, its hosts and what a
# detector should say, then starts to record and lets its clients run.
#
#   about SENTENCE                        host NAME ADDRESS
#   expect ADDRESS SERVICE PERIOD JITTER COUNT
#   record                                on HOST PROGRAM ARGUMENT...

scenarios='curl-discord requests-session-slack requests-webhooksite go-h2-webhooksite
node-discord-ipv6 curl-tls12-slack chromium-page-beacon chromium-browse mixed-two-hosts benign'

curl-discord() {
  about "curl posts to a Discord webhook every 3 s, a new connection each time"
  host laptop 10.20.1.15
  expect 10.20.1.15 discord 3 0 20
  record
  on laptop curl.sh "$discord" 20 3
}

requests-session-slack() {
  about "a Python script posts to a Slack webhook every 4 s, give or take 20 %, over one connection"
  host agent 10.20.2.40
  expect 10.20.2.40 slack 4 0.2 18
  record
  on agent post.py "$slack" 18 4 0.2 --session
}

requests-webhooksite() {
  about "a Python script posts to webhook.site every 4 s, give or take 5 %, a new connection each time"
  host agent 10.20.3.41
  expect 10.20.3.41 webhook-site 4 0.05 16
  record
  on agent post.py "$bin" 16 4 0.05
}

go-h2-webhooksite() {
  about "a Go program posts to webhook.site every 2 s over one HTTP/2 connection"
  host build 192.168.4.7
  expect 192.168.4.7 webhook-site 2 0 30
  record
  on build beat "$bin" 30 2s
}

node-discord-ipv6() {
  about "a Node script posts to a Discord webhook every 5 s over IPv6; its fetch closes idle connections after 4 s and resumes sessions"
  host agent fd20:5::15
  expect fd20:5::15 discord 5 0 14
  record
  on agent fetch.mjs "$discord" 14 5
}

curl-tls12-slack() {
  about "curl posts to a Slack webhook every 3 s with TLS 1.2 and HTTP/1.1, a new connection each time"
  host printer 192.168.6.90
  expect 192.168.6.90 slack 3 0 16
  record
  on printer curl.sh "$slack" 16 3 --tls-max 1.2 --http1.1
}

chromium-page-beacon() {
  about "a page of discord.com stays open in Chromium, and its script posts to a webhook every 3 s"
  host desk 10.20.7.30
  expect 10.20.7.30 discord 3 0 18
  record
  on desk chromium "https://discord.com/channels/1?every=3000&times=18&hook=${discord#https://discord.com}" 64
}

chromium-browse() {
  about "somebody reads pages of discord.com in Chromium; some of the pages call a webhook once"
  host desk 10.20.8.31
  record
  on desk chromium "https://discord.com/channels/1?steps=40&hook=${discord#https://discord.com}" 50
}

mixed-two-hosts() {
  about "of two hosts that call discord.com, one posts to a webhook every 3 s, give or take 10 %, and somebody browses on the other"
  host agent 10.20.9.15
  host desk 10.20.9.22
  expect 10.20.9.15 discord 3 0.1 18
  record
  on agent post.py "$discord" 18 3 0.1 &
  on desk chromium "https://discord.com/channels/1?steps=40&hook=${discord#https://discord.com}" 52
  wait $!
}

benign() {
  about "somebody reads several sites, and a build job tells Slack three times what it did; nothing here is a beacon"
  host desk 192.168.10.21
  host build 192.168.10.40
  record
  on desk browse.py reader 60 www.example.com api.example.net static.example.org docs.example.com &
  sleep 7;  on build curl.sh "$slack" 1 0
  sleep 2;  on build curl.sh "$slack" 1 0
  sleep 31; on build curl.sh "$slack" 1 0
  wait $!
}

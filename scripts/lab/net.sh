# shellcheck shell=bash
# Networks of the lab: one namespace is the wire, the gateway and the internet
# at once; each host is a namespace of its own on its bridge. Nothing is routed
# further, so no frame can leave.

# Each name has an address, so that a browser does not reuse one connection
# for two sites. 198.51.100.0/24, 203.0.113.0/24 and 2001:db8::/32 belong to
# documentation.
names='198.51.100.10 discord.com
2001:db8:d::10 discord.com
198.51.100.20 hooks.slack.com
198.51.100.30 webhook.site
203.0.113.80 www.example.com
203.0.113.81 api.example.net
203.0.113.82 static.example.org
203.0.113.83 docs.example.com'

family() { case $1 in *:*) echo 6 ;; *) echo 4 ;; esac; }

# plain IFACE OF-NAMESPACE: frames as they would be on a wire, not as the
# kernel hands them over: no super-frames, checksums filled in.
plain() {
  ip netns exec "$2" ethtool -K "$1" tx off rx off tso off gso off gro off >/dev/null
}

# net_up NET: the wire, with the servers' addresses.
net_up() {
  local net=$1 address
  ip netns add "$net"
  ip netns exec "$net" sysctl -qw net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.all.accept_dad=0
  ip -n "$net" link set lo up
  ip -n "$net" link add br0 type bridge mcast_snooping 0
  plain br0 "$net"
  ip -n "$net" link set br0 up
  while read -r address _; do
    ip -n "$net" address add "$address" dev lo
  done <<<"$names"
}

# host_up NET HOST ADDRESS: a host on the wire. Its network is the address's
# /24 or /64, whose first address is the gateway.
host_up() {
  local net=$1 host=$2 address=$3 family bits=24 gateway port
  family=$(family "$address")
  gateway=${address%.*}.1
  if [ "$family" = 6 ]; then
    bits=64 gateway=${address%::*}::1
  fi
  ip netns add "$host"
  port=p$(ip -n "$net" -o link | wc -l)
  ip -n "$net" link add "$port" type veth peer name eth0 netns "$host"
  ip netns exec "$host" sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0
  plain "$port" "$net"
  plain eth0 "$host"
  ip -n "$net" link set "$port" master br0 up
  ip -n "$net" address replace "$gateway/$bits" dev br0
  ip -n "$host" link set lo up
  ip -n "$host" address add "$address/$bits" dev eth0
  ip -n "$host" link set eth0 up
  ip -n "$host" -"$family" route add default via "$gateway"

  # Names come from here; there is no server to ask for others.
  mkdir -p "/etc/netns/$host"
  { echo "127.0.0.1 localhost"
    while read -r address name; do
      [ "$(family "$address")" != "$family" ] || echo "$address $name"
    done <<<"$names"; } >"/etc/netns/$host/hosts"
  echo "nameserver 127.0.0.1" >"/etc/netns/$host/resolv.conf"
}

# net_down NAMESPACE...: with whatever still runs inside.
net_down() {
  local ns
  for ns in "$@"; do
    ip netns pids "$ns" 2>/dev/null | xargs -r kill 2>/dev/null || true
    ip netns del "$ns" 2>/dev/null || true
    rm -rf "/etc/netns/$ns"
  done
}

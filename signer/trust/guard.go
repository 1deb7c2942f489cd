package trust

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// Guard keeps requests that a certificate asks for away from the inside of our own network: addresses in certificates
// are chosen by others.
type Guard struct {
	Private []string // Hosts that may have private addresses: authorities in the house.
}

// special are address blocks that lead inside or nowhere, beside those that net/netip names (RFC 6890).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"), netip.MustParsePrefix("2001::/23"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"),
}

// public reports whether an address is one of the open network.
func public(address netip.Addr) bool {
	address = address.Unmap()
	if !address.IsGlobalUnicast() || address.IsPrivate() || address.IsLoopback() || address.IsLinkLocalUnicast() {
		return false
	}
	return !slices.ContainsFunc(special, func(block netip.Prefix) bool { return block.Contains(address) })
}

// dial connects, and looks at the very address that is connected to: a name may lead elsewhere the next time.
func (g Guard) dial(ctx context.Context, network, address string) (net.Conn, error) {
	name, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	dialer := &net.Dialer{Timeout: fetchTimeout}
	if !slices.ContainsFunc(g.Private, func(host string) bool { return strings.EqualFold(host, name) }) {
		dialer.Control = func(_, resolved string, _ syscall.RawConn) error {
			at, err := netip.ParseAddrPort(resolved)
			if err != nil {
				return err
			}
			if !public(at.Addr()) {
				return fmt.Errorf("%s has the private address %s, which nothing in a certificate may lead to", name, at.Addr())
			}
			return nil
		}
	}
	return dialer.DialContext(ctx, network, address)
}

// host names an address in messages, without what may follow it.
func host(address string) string {
	if u, err := url.Parse(address); err == nil {
		return u.Host
	}
	return "an unreadable address"
}

package knock

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

func start() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

func TestLimiterGivesBurstThenRate(t *testing.T) {
	l, now := newLimiter(60, 3, 100), start()
	from := netip.MustParseAddr("192.0.2.1")
	for i := range 3 {
		if _, ok := l.Allow(from, now); !ok {
			t.Fatalf("request %d of the burst is refused", i+1)
		}
	}
	wait, ok := l.Allow(from, now)
	if ok || wait != time.Second {
		t.Fatalf("after the burst: allowed %v, wait %s; want refused for 1s", ok, wait)
	}
	if _, ok := l.Allow(from, now.Add(time.Second)); !ok {
		t.Error("refused after the wait that was told")
	}
	if _, ok := l.Allow(from, now.Add(time.Second)); ok {
		t.Error("one second gave more than one token")
	}
	if _, ok := l.Allow(netip.MustParseAddr("192.0.2.2"), now); !ok {
		t.Error("another address pays for the first")
	}
	if _, ok := l.Allow(from, now.Add(-time.Hour)); ok {
		t.Error("a clock that goes back gives tokens")
	}
}

func TestLimiterCountsNetworks(t *testing.T) {
	for _, c := range []struct {
		one, other string
		same       bool
	}{
		{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
		{"2001:db8:1:2::1", "2001:db8:1:3::1", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		same := network(netip.MustParseAddr(c.one)) == network(netip.MustParseAddr(c.other))
		if same != c.same {
			t.Errorf("%s and %s share a bucket: %v, want %v", c.one, c.other, same, c.same)
		}
	}
	if network(netip.Addr{}).IsValid() {
		t.Error("no address at all has a network")
	}
}

func TestLimiterIsBounded(t *testing.T) {
	l, now := newLimiter(60, 1, 64), start()
	first := netip.MustParseAddr("2001:db8::1")
	l.Allow(first, now)
	for i := range 40 {
		l.Allow(netip.MustParseAddr(fmt.Sprintf("2001:db8:1:%x::1", i)), now)
	}
	if _, ok := l.Allow(first, now); ok {
		t.Error("an address is forgotten while there is room")
	}
	for i := range 10_000 {
		l.Allow(netip.MustParseAddr(fmt.Sprintf("2001:db8:2:%x::1", i)), now)
	}
	if held := len(l.now) + len(l.old); held > 128 {
		t.Errorf("%d addresses are held; at most 128 should be", held)
	}
}

func TestLimiterOff(t *testing.T) {
	l := newLimiter(0, 1, 64)
	for range 100 {
		if _, ok := l.Allow(netip.MustParseAddr("192.0.2.1"), start()); !ok {
			t.Fatal("a limit of 0 refuses")
		}
	}
}

// A clock that ran ahead and was set right must not keep anybody out until it
// is that late again.
func TestLimiterAfterTheClockWasSetBack(t *testing.T) {
	l, ahead := newLimiter(60, 1, 100), start().Add(365*24*time.Hour)
	from := netip.MustParseAddr("192.0.2.1")
	l.Allow(from, ahead)
	if wait, ok := l.Allow(from, start()); ok || wait != time.Second {
		t.Errorf("setting the clock back: allowed %v, wait %s", ok, wait)
	}
	if _, ok := l.Allow(from, start().Add(time.Second)); !ok {
		t.Error("refused after the wait that was told")
	}
}

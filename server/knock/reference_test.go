package knock_test

import (
	"bytes"
	"errors"
	"regexp"
	"testing"
	"testing/iotest"
	"time"

	"sleutelbos/server/knock"
)

func TestReference(t *testing.T) {
	all := bytes.Repeat([]byte{0xff}, 5)
	at := time.Date(2026, 3, 4, 9, 0, 59, 0, time.UTC)
	first := knock.Reference(bytes.NewReader(make([]byte, 5)), at)
	last := knock.Reference(bytes.NewReader(all), at)
	form := regexp.MustCompile("^[A-Z2-7]{8}$")
	if !form.MatchString(first) || !form.MatchString(last) || first[:2] != last[:2] || first[2:] != "AAAAAA" || last[2:] != "777777" {
		t.Errorf("of one minute: %q to %q", first, last)
	}
	if next := knock.Reference(bytes.NewReader(all), at.Add(time.Second)); next[:2] == last[:2] || next[2:] != last[2:] {
		t.Errorf("of the next minute: %q after %q", next, last)
	}
	if again := knock.Reference(bytes.NewReader(all), at.Add(1024*time.Minute)); again != last {
		t.Errorf("%q, and %q after all minutes", last, again)
	}
	if none := knock.Reference(iotest.ErrReader(errors.New("none")), at); none != "" {
		t.Errorf("%q without randomness", none)
	}
}

package identity

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

func (h *house) rows(table string) int {
	h.t.Helper()
	return storetest.Count(h.t, h.database(), "SELECT count(*) FROM "+table)
}

// What strangers make the server remember is gone a day later.
func TestStrangersAreForgotten(t *testing.T) {
	h := newHouse(t)
	const strangers = 20
	for i := range strangers {
		h.refused(h.try(fmt.Sprintf("stranger%d", i), another(t), enroll.NewIdempotencyKey()), ReasonMismatch, 4)
	}
	if tries, answers := h.rows("tries"), h.rows("requests"); tries != strangers || answers != strangers {
		t.Fatalf("%d names with tries, %d answers", tries, answers)
	}
	h.clock.add(rememberedTries + time.Millisecond)
	h.refused(h.try("stranger0", another(t), enroll.NewIdempotencyKey()), ReasonMismatch, 4)
	if tries, answers := h.rows("tries"), h.rows("requests"); tries != 1 || answers != 1 {
		t.Errorf("a day later %d names with tries, %d answers", tries, answers)
	}
}

// Void links, too, which whoever holds a right pair can make one after another.
func TestVoidLinksAreForgotten(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	for range 10 {
		h.start("anna", code, enroll.NewIdempotencyKey())
	}
	h.activation("anna")
	h.clock.add(rememberedTries + pendingLife + time.Millisecond)
	h.activation("anna")
	if n := h.rows("pending_links"); n != 0 {
		t.Errorf("%d pending links are left", n)
	}
	h.refused(h.try("anna", code, ""), ReasonReplaced, -1) // the code is still known as an old one
}

// Forgetting gives no code more tries: the first ones count for as long as it
// lives.
func TestTriesLastAsLongAsTheCode(t *testing.T) {
	h := newHouse(t)
	h.person("anna")
	code := h.activation("anna")
	for left := 4; left >= 1; left-- {
		h.refused(h.try("anna", another(t), ""), ReasonMismatch, left)
	}
	h.clock.add(activationLife - time.Millisecond)
	h.refused(h.try("anna", another(t), ""), ReasonMismatch, 0)
	h.refused(h.try("anna", code, ""), ReasonVoid, -1)
}

func TestClockOf1970(t *testing.T) {
	h := newHouse(t)
	h.must(h.Close())
	options := h.options
	options.Now = func() time.Time { return time.Unix(5, 0) }
	if _, err := New(t.Context(), options); !errors.Is(err, ErrClock) {
		t.Errorf("got %v", err)
	}
}

func TestTryAgainOnlyWhenNothingWasGranted(t *testing.T) {
	for _, err := range []error{store.ErrBusy, store.ErrClosed, store.ErrDisk, store.ErrAway} {
		if !TryAgain(fmt.Errorf("verify a code: %w", err)) {
			t.Errorf("%v may be tried again", err)
		}
	}
	if TryAgain(store.ErrChanged) || TryAgain(nil) || TryAgain(ErrUnauthorised) {
		t.Error("another error may be tried again")
	}
}

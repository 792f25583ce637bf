package identity

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/server/store/storetest"
)

// Operators are reminded of what nobody took care of, and of nothing else.
func TestOperatorsAreRemindedOfTheirServer(t *testing.T) {
	h := newHouse(t)
	waits := func() (all []string) {
		todos, err := h.Todos(t.Context(), Operator())
		h.must(err)
		for _, todo := range todos {
			all = append(all, todo.What)
		}
		return all
	}
	expect := func(when, what string, want bool) {
		t.Helper()
		if got := waits(); slices.Contains(got, what) != want {
			t.Errorf("%s: %v", when, got)
		}
	}
	expect("on the first day", "audit-never", false)
	h.clock.add(verifyOften + time.Hour)
	expect("after a month", "audit-never", true)
	h.must(h.NoteVerified(t.Context(), h.VerifyAudit(t.Context())))
	expect("after a look", "audit-never", false)
	expect("after a look", "audit-verify", false)
	h.clock.add(verifyOften + time.Hour)
	expect("a month later", "audit-verify", true)
	h.must(h.NoteVerified(t.Context(), &AuditError{Fault: AuditRemoved}))
	expect("a row was removed", "audit-broken", true)
	h.must(h.NoteVerified(t.Context(), h.VerifyAudit(t.Context())))
	expect("it is whole again", "audit-broken", false)

	expect("nobody writes heads", "heads", false)
	h.must(h.NoteHeads(t.Context(), 10*time.Minute))
	h.clock.add(time.Hour)
	expect("heads are written", "heads", false)
	h.clock.add(time.Hour)
	expect("heads are late", "heads", true)
	h.clock.add(headsGone)
	expect("heads are wanted no more", "heads", false)
}

// Where the database is copied by this program, it is told that no backup was
// made; where others copy it, not before the first one was told of. A backup
// that is old is told of everywhere.
func TestTodoOfABackup(t *testing.T) {
	h := newHouse(t)
	told := func() string {
		t.Helper()
		todos, err := h.Todos(t.Context(), Operator())
		h.must(err)
		for _, todo := range todos {
			if strings.HasPrefix(todo.What, "backup") {
				return todo.What
			}
		}
		return ""
	}
	want := "backup-none"
	if storetest.Postgres() {
		want = ""
	}
	if got := told(); got != want {
		t.Errorf("of no backup it is told %q", got)
	}
	h.must(h.BackupMade(t.Context()))
	h.clock.add(BackupOld)
	if got := told(); got != "" {
		t.Errorf("of a backup that is told of it is told %q", got)
	}
	h.clock.add(time.Minute)
	if got := told(); got != "backup" {
		t.Errorf("of an old backup it is told %q", got)
	}
}

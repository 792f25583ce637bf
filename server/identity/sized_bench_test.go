package identity

import (
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sleutelbos/enroll"
	"sleutelbos/server/store"
	"sleutelbos/server/store/storetest"
)

// Sizes runs a benchmark among so many people, on either database; a million
// only where LONG is set.
func Sizes(b *testing.B, run func(*testing.B, int)) {
	for _, database := range []string{"sqlite", "postgresql"} {
		for _, people := range []int{1_000, 100_000, 1_000_000} {
			if people > 100_000 && os.Getenv("LONG") == "" {
				continue
			}
			b.Run(fmt.Sprintf("database=%s/people=%d", database, people), func(b *testing.B) {
				address := ""
				if database == "postgresql" {
					address = storetest.Cluster(b)
				}
				b.Setenv(storetest.Variable, address)
				run(b, people)
			})
		}
	}
}

// Measure does something time and again and reports its median and the slowest.
func Measure(b *testing.B, name string, do func(turn int) error) {
	b.Run(name, func(b *testing.B) {
		took := make([]time.Duration, 0, b.N)
		for i := range b.N {
			start := time.Now()
			if err := do(i); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "p100-ms")
	})
}

const (
	linesEach = 10        // of the audit log, in a year, for each person
	linesMost = 1_000_000 // in all
	linesNew  = 5_000     // which the job that follows the log has not seen yet
	smallOrg  = "klein"   // where one of a thousand people is
)

// populate fills the database with people as they are after some years: most
// signed in lately, some left, a few forgot what they got; one of a thousand is
// of a small organisation. Their names come in no order of their ids.
func (h *house) populate(people int) {
	h.t.Helper()
	h.must(h.store.Do(background, func(tx *store.Tx) error {
		return tx.AddOrganisation(store.Organisation{ID: smallOrg, Name: "Klein", NameKey: "klein"})
	}))
	all := func(rows func(i int, id, organisation string, yield func(...any))) iter.Seq[[]any] {
		return func(yield func([]any) bool) {
			for k := range people {
				i, on := scattered(k, people), true
				rows(i, residentID(k), organisationOfResident(i), func(row ...any) { on = on && yield(row) })
				if !on {
					return
				}
			}
		}
	}
	now := stamp(h.clock.Now())
	storetest.Fill(
		h.t, h.database(),
		storetest.Rows{Table: "people", Columns: strings.Fields("id user_name full_name email role created organisation phone job ends stopgap_ends words"), All: all(
			func(i int, id, organisation string, yield func(...any)) {
				p := resident(i)
				ends, stopgap := int64(0), int64(0)
				if i%50 == 3 {
					ends = now - days(i%400) + days(40)
				}
				if i%500 == 7 {
					stopgap = now + days(i%60)
				}
				yield(id, p.User, p.Name, p.Email, p.Role, createdOf(i, now), organisation, p.Phone, p.Job, ends, stopgap, " "+strings.Join(wordsOf(p), " ")+" ")
			})},
		storetest.Rows{Table: "names", Columns: []string{"name", "kind", "person"}, All: all(
			func(i int, id, _ string, yield func(...any)) {
				p := resident(i)
				yield(canonical(p.User), store.NameUser, id)
				yield(canonical(p.Email), store.NameEmail, id)
			})},
		storetest.Rows{Table: "grants", Columns: []string{"person", "role", "organisation"}, All: all(
			func(_ int, id, organisation string, yield func(...any)) { yield(id, "user", organisation) })},
		storetest.Rows{Table: "person_words", Columns: []string{"scope", "word", "person", "home"}, All: all(
			func(i int, id, organisation string, yield func(...any)) {
				p := resident(i)
				sort := sortOf(p)
				for _, word := range append([]string{""}, wordsOf(p)...) {
					yield(organisation, []byte(word+"\x00"+sort), id, int64(1))
				}
			})},
		storetest.Rows{Table: "links", Columns: strings.Fields("id person device secret key_id last_step linked last_used privacy_version terms_version language accepted lapse_notices lapse_told lapse_used"), All: all(
			func(i int, id, _ string, yield func(...any)) {
				linked, used := createdOf(i, now), lastUsed(i, now)
				if used == 0 {
					return
				}
				used = max(used, linked)
				notices, told := int64(0), int64(0)
				if used < now-days(400) {
					notices, told = 1, used
				}
				yield(id, id, "Laptop", []byte{1}, "k", int64(0), linked, used, "p1", "t1", "nl", linked, notices, told, told)
			})},
		storetest.Rows{Table: "activations", Columns: strings.Fields("id person hash key_id made expires state"), All: all(
			func(i int, id, _ string, yield func(...any)) {
				made, state := createdOf(i, now), store.ActivationUsed
				if lastUsed(i, now) == 0 {
					state = store.ActivationOpen
				}
				if i%1000 == 5 {
					made, state = now-days(29), store.ActivationOpen
				}
				yield(id, id, []byte{1}, "k", made, made+days(29)+3_600_000, state)
			})},
		storetest.Rows{Table: "devices", Columns: strings.Fields("id person hash key_id label made last_used"), All: all(
			func(i int, id, _ string, yield func(...any)) {
				n := 0
				switch {
				case i%100 == 11:
					n = 3 + i%7
				case i%5 < 2:
					n = 1
				}
				for one := range n {
					device := fmt.Sprintf("%s-%d", id, one)
					yield(device, id, []byte(device), "k", "Firefox op Windows", now-days(30), now-days(i%30))
				}
			})},
	)
	h.populateLog(people, now)
}

// populateLog writes a year of the audit log, spread over everybody, and for all
// but its end what the job makes of it. Its MACs are none: nothing here checks
// the chain.
func (h *house) populateLog(people int, now int64) {
	const first = 1_000 // place; before it stands what the house itself wrote
	lines := min(people*linesEach, linesMost)
	counts := map[counted]int64{}
	line := func(n int) store.AuditEntry {
		k := n % people
		e := store.AuditEntry{ID: int64(first + n), AuditRow: store.AuditRow{
			Chain: 99, Seq: int64(n + 1), At: now - days(365)/int64(lines)*int64(lines-n), Kind: kindVerify, Outcome: string(ReasonValid),
			Person: residentID(k), Application: h.app.ID, Reference: fmt.Sprintf("R%08d", n), MAC: []byte{1},
		}}
		switch {
		case n%5000 == 0:
			e.Outcome = string(ReasonLocks)
		case n%7 == 6:
			e.Outcome = string(ReasonWrong)
		}
		return e
	}
	scopes := func(n int) []string { return []string{organisationOfResident(scattered(n%people, people))} }
	storetest.Fill(
		h.t, h.database(),
		storetest.Rows{Table: "audit", Columns: strings.Fields("id chain seq at kind outcome person application link reference mac"), All: func(yield func([]any) bool) {
			for n := range lines {
				e := line(n)
				if !yield([]any{e.ID, e.Chain, e.Seq, e.At, e.Kind, e.Outcome, e.Person, e.Application, "", e.Reference, e.MAC}) {
					return
				}
			}
		}},
		storetest.Rows{Table: "audit_keys", Columns: []string{"value", "place"}, All: func(yield func([]any) bool) {
			for n := range lines - linesNew {
				e, in := line(n), scopes(n)
				for _, scope := range append([]string{""}, in...) {
					counts[counted{scope, tallied(e.Kind, e.Outcome), hourOf(e.At)}]++
				}
				for _, value := range foundBy(e, in) {
					if !yield([]any{value, e.ID}) {
						return
					}
				}
			}
		}},
		storetest.Rows{Table: "tallies", Columns: []string{"scope", "what", "hour", "n"}, All: func(yield func([]any) bool) {
			for c, n := range counts {
				if !yield([]any{c.scope, c.what, c.hour, n}) {
					return
				}
			}
		}},
	)
	if storetest.Postgres() {
		storetest.Exec(h.t, h.database(), fmt.Sprintf("ALTER TABLE audit ALTER COLUMN id RESTART WITH %d", first+lines))
	}
	place, err := json.Marshal(tallyPlace{Place: int64(first + lines - linesNew), Lapsed: now})
	h.must(err)
	h.must(h.store.Do(background, func(tx *store.Tx) error {
		return tx.SetSetting(store.SettingTally, store.Setting{Value: place})
	}))
}

func days(n int) int64 { return int64(n) * 24 * time.Hour.Milliseconds() }

func residentID(k int) string { return fmt.Sprintf("%032x", (k+1)*7919) }

// scattered gives every number below people once.
func scattered(k, people int) int { return (k*7907 + 13) % people }

func organisationOfResident(i int) string {
	if i%1000 == 500 {
		return smallOrg
	}
	return MainOrganisation
}

func createdOf(i int, now int64) int64 { return now - days(30+i%900) }

// lastUsed is when somebody last gave a code; 0: they have no link.
func lastUsed(i int, now int64) int64 {
	switch {
	case i%10 == 4:
		return 0
	case i%20 == 5:
		return now - days(180+i%240)
	case i%6 == 1:
		return now - days(i%180)
	}
	return now - days(i%30) - int64(i)*1000%3_600_000
}

// Populated is a desk in whose database many people are, for benchmarks of
// doors too.
type Populated struct {
	*Desk
	Clock         func() time.Time
	Administrator string // by user name, with their app and password
	Key           enroll.Key
	User          string // the same, who manages nobody
	UserKey       enroll.Key
	Password      Password
	Small         Actor    // who manages the small organisation
	Residents     []string // ids of a few
}

// Populate makes one.
func Populate(b *testing.B, people int) *Populated {
	h := newSignInHouse(b)
	p := &Populated{Desk: h.Desk, Clock: h.clock.Now, Administrator: "bbeheer", User: "gebruiker", Password: goodPassword}
	began := time.Now()
	h.populate(people)
	b.Logf("filled in %s", time.Since(began).Round(time.Millisecond))
	p.Key, p.UserKey = h.occupant(p.Administrator, RoleAdministrator), h.occupant(p.User, RoleUser)
	small, err := h.AddPerson(background, NewPerson{
		User: "kbeheer", Name: "K Beheer", Email: "k@example.org", Organisation: smallOrg,
		Grants: []Grant{{Role: RoleAdministrator, Organisation: smallOrg}},
	})
	h.must(err)
	p.Small = PersonActor(small.ID)
	for k := 0; k < people; k += people / 50 {
		p.Residents = append(p.Residents, residentID(k))
	}
	began = time.Now()
	noted, err := h.jobs().Run(background, jobUnused)
	h.must(err)
	b.Logf("%d people noted in %s", noted, time.Since(began).Round(time.Millisecond))
	began = time.Now()
	lines, err := h.jobs().Run(background, "tally")
	h.must(err)
	b.Logf("%d lines counted and noted, %.0f a second", lines, float64(lines)/time.Since(began).Seconds())
	return p
}

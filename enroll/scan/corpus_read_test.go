package scan

import (
	"fmt"
	"os"
	"testing"
	"time"
)

// TestReadCorpus reads a part of the corpus and wants no fewer codes than were
// read when it was last looked at, and never a wrong text. LONG reads more of
// it, the held-out pictures too.
func TestReadCorpus(t *testing.T) {
	pictures, long := 2, os.Getenv("LONG")
	sets := []bool{false}
	if long != "" && long != "0" {
		pictures, sets = 6, []bool{false, true}
	}
	for _, heldOut := range sets {
		var total score
		for _, h := range harms() {
			for i := range pictures {
				s := h.make(newChance(h.name, i, heldOut))
				found, err := Read(t.Context(), s.picture)
				want := map[string][]string{"": s.texts}
				one := judge(want, map[string][]string{"": texts(found)})
				total = total.plus(one)
				if one.wrong > 0 {
					t.Errorf("%s %d: read %q, want %q", h.name, i, texts(found), s.texts)
				}
				if one.found < one.codes {
					t.Logf("%s %d: %d of %d, %v", h.name, i, one.found, one.codes, err)
				}
			}
		}
		t.Logf("read %d of %d codes", total.found, total.codes)
		if total.found < total.codes*93/100 {
			t.Errorf("read only %d of %d codes", total.found, total.codes)
		}
	}
}

// TestReadCorpusNothing wants nothing where nothing is.
func TestReadCorpusNothing(t *testing.T) {
	for i := range 3 {
		for name, picture := range nothings(newChance("nothing", i, false)) {
			if found, err := Read(t.Context(), picture); err == nil {
				t.Errorf("%s %d: read %q", name, i, texts(found))
			}
		}
	}
}

// BenchmarkCorpus reads the whole corpus and the held-out one with this reader
// and with the other programs that are installed, and prints a table: codes
// found, and time for each picture with reading the file. The other programs
// start once for each kind.
func BenchmarkCorpus(b *testing.B) {
	const pictures = 6
	readers := append([]reader{ourReader()}, rivals()...)
	for _, heldOut := range []bool{false, true} {
		name := map[bool]string{false: "known", true: "held-out"}[heldOut]
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				compare(b, readers, pictures, heldOut)
			}
		})
	}
}

func compare(b *testing.B, readers []reader, pictures int, heldOut bool) {
	b.Helper()
	totals := make([]score, len(readers))
	behind := 0
	fmt.Printf("\n%-24s", "kind of harm")
	for _, r := range readers {
		fmt.Printf(" %18s", r.name)
	}
	fmt.Println()
	kinds := append(harms(), harm{name: "no-code"})
	for _, h := range kinds {
		dir := b.TempDir()
		paths, want, err := writeKind(dir, h, pictures, heldOut)
		if err != nil {
			b.Fatal(err)
		}
		fmt.Printf("%-24s", h.name)
		best, ours := 0, 0
		for i, r := range readers {
			began := time.Now()
			got, err := r.read(b.Context(), paths)
			if err != nil {
				b.Fatal(err)
			}
			s := judge(want, got)
			s.took = time.Since(began)
			totals[i] = totals[i].plus(s)
			fmt.Printf(" %18v", s)
			if i == 0 {
				ours = s.found
			}
			best = max(best, s.found)
		}
		if ours < best {
			behind++
			fmt.Print("  behind")
		}
		fmt.Println()
		if err := os.RemoveAll(dir); err != nil {
			b.Fatal(err)
		}
	}
	fmt.Printf("%-24s", "all")
	for _, s := range totals {
		fmt.Printf(" %18v", s)
	}
	fmt.Println()
	b.ReportMetric(100*float64(totals[0].found)/float64(totals[0].codes), "%read")
	b.ReportMetric(float64(totals[0].wrong), "wrong")
	b.ReportMetric(float64(behind), "kinds-behind")
}

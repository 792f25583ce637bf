package vault

import (
	"fmt"
	"testing"
)

// big gives a vault with a thousand entries.
func big(t testing.TB) (*Folder, *Vault) {
	f, v, _ := made(t)
	update(t, v, func(d *Draft) error {
		for n := range 1000 {
			if _, err := d.Add(totp(n), nil); err != nil {
				return err
			}
		}
		return nil
	})
	return f, v
}

func TestAThousandEntries(t *testing.T) {
	f, v := big(t)
	update(t, v, func(d *Draft) error { return d.Move(v.List()[999].ID, 0) })
	list := opened(t, f).List()
	if len(list) != 1000 || list[0].Account != "user999" || list[999].Account != "user998" {
		t.Errorf("%d entries", len(list))
	}
}

func BenchmarkThousandOpen(b *testing.B) {
	f, _ := big(b)
	for b.Loop() {
		opened(b, f)
	}
}

func BenchmarkThousandList(b *testing.B) {
	_, v := big(b)
	for b.Loop() {
		v.List()
	}
}

func BenchmarkThousandSave(b *testing.B) {
	_, v := big(b)
	id := v.List()[500].ID
	n := 0
	for b.Loop() {
		n++
		update(b, v, func(d *Draft) error { return d.Rename(id, fmt.Sprint(n), "") })
	}
}

func BenchmarkThousandPeek(b *testing.B) {
	_, v := big(b)
	id := v.List()[500].ID
	for b.Loop() {
		if _, err := v.Peek(id, morning); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRefreshUnchanged(b *testing.B) {
	_, v := big(b)
	for b.Loop() {
		if _, err := v.Refresh(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPassphrase opens with the costs that this machine would choose.
func BenchmarkPassphrase(b *testing.B) {
	o := options(b.TempDir())
	o.Argon2 = Argon2{}
	f := At(o)
	if _, _, err := f.Create(ctx, First{Passphrase: anybody()}); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		opened(b, f)
	}
}

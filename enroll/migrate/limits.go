package migrate

import "cmp"

// Limits is what a file may ask for. The zero value of a field stands for the
// one in [DefaultLimits].
type Limits struct {
	File     int // bytes of the file
	Unpacked int // bytes of all that archives and compressed parts unfold to
	Entries  int // entries of one file
	Values   int // values in one JSON text
	Depth    int // levels in JSON and XML
	Text     int // bytes of a note, or of all groups together
	Raw      int // bytes that are kept of an entry that is not understood

	Memory     int64 // bytes that a key derivation takes
	Work       int64 // bytes that a key derivation fills, over all its passes
	Iterations int   // rounds of one HMAC or hash after another
	Lanes      int   // what a key derivation does side by side
}

// DefaultLimits are far above what the other programs write or let their users
// choose, and keep a crafted file from a gigabyte too many and from minutes.
func DefaultLimits() Limits {
	return Limits{
		File:       64 << 20,
		Unpacked:   128 << 20,
		Entries:    100_000,
		Values:     4_000_000,
		Depth:      64,
		Text:       16 << 10,
		Raw:        16 << 10,
		Memory:     1 << 30,
		Work:       12 << 30,
		Iterations: 10_000_000,
		Lanes:      16,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	return Limits{
		File:       cmp.Or(l.File, d.File),
		Unpacked:   cmp.Or(l.Unpacked, d.Unpacked),
		Entries:    cmp.Or(l.Entries, d.Entries),
		Values:     cmp.Or(l.Values, d.Values),
		Depth:      cmp.Or(l.Depth, d.Depth),
		Text:       cmp.Or(l.Text, d.Text),
		Raw:        cmp.Or(l.Raw, d.Raw),
		Memory:     cmp.Or(l.Memory, d.Memory),
		Work:       cmp.Or(l.Work, d.Work),
		Iterations: cmp.Or(l.Iterations, d.Iterations),
		Lanes:      cmp.Or(l.Lanes, d.Lanes),
	}
}

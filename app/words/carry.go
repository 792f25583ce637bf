package words

import (
	"strings"
	"time"

	"sleutelbos/app/carry"
	"sleutelbos/assets"
	"sleutelbos/enroll/migrate"
)

// Becomes says what becomes of an entry that is brought in.
func Becomes(w assets.Words, item carry.Item) string {
	switch item.Verdict.What {
	case migrate.New:
		return w.Say("import.what.new")
	case migrate.Here:
		return w.Say("import.what.here")
	case migrate.Again:
		return w.Say("import.what.again")
	case migrate.Changed:
		return w.Say("import.what.changed", "what", Reason(w, item))
	}
	return w.Say("import.what.kept", "why", Reason(w, item))
}

// Reason says what differs of an entry that is here in another form, and why one
// that is kept is not understood.
func Reason(w assets.Words, item carry.Item) string {
	if item.Verdict.What != migrate.Changed {
		return Kept(w, item.Reason)
	}
	var differs []string
	for _, field := range item.Verdict.Differs {
		differs = append(differs, w.Say("import.differs."+field))
	}
	return strings.Join(differs, ", ")
}

// Kept says why no codes can be made of an entry that is kept. A newer version
// may have written a reason that has no words here.
func Kept(w assets.Words, reason string) string {
	if text := w.Say(reason); text != reason {
		return text
	}
	return w.Say("import.kept.kind")
}

// Format is what a file was read as.
func Format(w assets.Words, f migrate.Format) string {
	if f == carry.FormatBackup {
		return w.Say("import.format.sleutelbos")
	}
	return w.Say(f.Text())
}

// Backups says how the copies that are made by themselves stand.
func Backups(w assets.Words, s carry.Schedule, now time.Time) Message {
	day := func(t time.Time) string { return t.Local().Format("2006-01-02 15:04") }
	switch {
	case !s.Failed.IsZero():
		return Message{w.Say("backup.failed", "folder", s.Folder, "when", day(s.Failed)), w.Say("backup.failed-next", "why", s.Why)}
	case s.Stale(now):
		return Message{w.Say("backup.stale", "folder", s.Folder, "when", day(s.Good)), w.Say("backup.stale-next")}
	}
	return Message{What: w.Say("backup.good", "folder", s.Folder, "when", day(s.Good))}
}

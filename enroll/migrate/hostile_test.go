package migrate

import (
	"encoding/binary"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// hostile are contents that ask for much: wide, deep, long, and of nothing but
// noise.
func hostile(size int) map[string][]byte {
	repeat := func(before, part, after string) []byte {
		return []byte(before + strings.Repeat(part, (size-len(before)-len(after))/len(part)) + after)
	}
	noise := make([]byte, size)
	random := rand.NewPCG(1, 2)
	for i := 0; i+8 <= len(noise); i += 8 {
		binary.LittleEndian.PutUint64(noise[i:], random.Uint64())
	}
	files := map[string][]byte{
		"noise":         noise,
		"zeros":         make([]byte, size),
		"one line":      repeat("", "a", ""),
		"lines":         repeat("", "otpauth://totp/a?secret=AAAAAAAA\n", ""),
		"line breaks":   repeat("", "\n", ""),
		"commas":        repeat("a\n", ",", ""),
		"quotes":        repeat("", `"`, ""),
		"XML":           repeat("<map>", "<string>x</string>", "</map>"),
		"XML values":    repeat("<map><string ", `a="" `, "></string></map>"),
		"lists":         repeat("[", "[],", "0]"),
		"objects":       repeat("[", "{},", "0]"),
		"depth":         repeat("", "[", ""),
		"files":         repeat("PK\x03\x04", "PK\x01\x02                                          ", "PK\x05\x06                  "),
		"Java":          repeat(javaMagic+"sr\x00\x11java.util.HashMap", "t\x00\x00", ""),
		"migration":     repeat("otpauth-migration://offline?data=", "CgA", ""),
		"escapes":       repeat(`"`, `\u0000`, `"`),
		"many of Aegis": repeat(`{"version":1,"header":{"slots":null},"db":{"entries":[`, "{},", "0]}}"),
		"tags":          repeat(`[{"secret":"AAAAAAAA","label":"","type":"","tags":[`, `"",`, `""]}]`),
		"numbers":       repeat(`{"tokens":[{"secret":[`, `1,`, `1]}],"tokenOrder":[]}`),
		"folders":       repeat(`{"encrypted":false,"items":[],"folders":[`, `{},`, `0]}`),
	}
	return files
}

// Whatever comes as whatever format, reading it takes neither long nor much
// memory: all that is ever allocated, taken together, stays within a gigabyte
// for the largest file (LONG=1), and within 128 MiB for a small one.
func TestHostileContents(t *testing.T) {
	size, most := 64<<10, uint64(128<<20)
	if long := os.Getenv("LONG"); long != "" && long != "0" {
		size, most = DefaultLimits().File, 1<<30
	}
	for what, content := range hostile(size) {
		for _, f := range append(Formats(), "") {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			_, _ = Read(t.Context(), content, Options{Format: f, Passphrase: typed("x")})
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > most || took > time.Minute {
				t.Errorf("%s as %q took %d MiB and %v", what, f, used>>20, took)
			}
		}
	}
}

package scan

import (
	"context"
	"encoding/xml"
	"fmt"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// reader reads the pictures of one kind and says for each what texts it found.
type reader struct {
	name string
	read func(ctx context.Context, paths []string) (map[string][]string, error)
}

func ourReader() reader {
	return reader{"sleutelbos", func(ctx context.Context, paths []string) (map[string][]string, error) {
		out := map[string][]string{}
		for _, path := range paths {
			found, _ := ReadFile(ctx, path) // no code is a result
			out[path] = texts(found)
		}
		return out, nil
	}}
}

// rivals are the other programs that are on this machine.
func rivals() []reader {
	var out []reader
	if path, err := exec.LookPath("zbarimg"); err == nil {
		out = append(out, reader{"zbarimg", func(ctx context.Context, paths []string) (map[string][]string, error) {
			return zbar(ctx, path, paths)
		}})
	}
	if path, err := exec.LookPath("ZXingReader"); err == nil {
		out = append(out, reader{"ZXingReader", func(ctx context.Context, paths []string) (map[string][]string, error) {
			return zxing(ctx, path, paths)
		}})
	}
	return out
}

// zbar also looks for light codes on dark ground, which it leaves out unless
// asked.
func zbar(ctx context.Context, program string, paths []string) (map[string][]string, error) {
	args := append([]string{"--nodbus", "-q", "--xml", "-Sdisable", "-Sqrcode.enable", "-Stest-inverted"}, paths...)
	content, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil && len(content) == 0 {
		return nil, fmt.Errorf("zbarimg: %w", err)
	}
	var read struct {
		Sources []struct {
			Href string   `xml:"href,attr"`
			Data []string `xml:"index>symbol>data"`
		} `xml:"source"`
	}
	if err := xml.Unmarshal(content, &read); err != nil {
		return nil, fmt.Errorf("what zbarimg says: %w", err)
	}
	out := map[string][]string{}
	for _, s := range read.Sources {
		out[s.Href] = s.Data
	}
	return out, nil
}

func zxing(ctx context.Context, program string, paths []string) (map[string][]string, error) {
	content, err := exec.CommandContext(ctx, program, append([]string{"-1", "-format", "QRCode"}, paths...)...).Output()
	if err != nil && len(content) == 0 {
		return nil, fmt.Errorf("ZXingReader: %w", err)
	}
	out := map[string][]string{}
	for line := range strings.Lines(string(content)) {
		path, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		_, rest, _ = strings.Cut(rest, " ")
		if text := strings.Trim(rest, `"`); text != "" {
			out[path] = append(out[path], text)
		}
	}
	return out, nil
}

// writeKind puts the pictures of a kind into files, with what they say.
func writeKind(dir string, h harm, pictures int, heldOut bool) (paths []string, want map[string][]string, err error) {
	want = map[string][]string{}
	if h.make == nil { // the pictures without a code
		for i := range pictures {
			for name, picture := range nothings(newChance(h.name, i, heldOut)) {
				path := filepath.Join(dir, fmt.Sprintf("%s-%d.png", name, i))
				if err := writePNG(path, picture); err != nil {
					return nil, nil, err
				}
				paths = append(paths, path)
				want[path] = nil
			}
		}
		return paths, want, nil
	}
	for i := range pictures {
		s := h.make(newChance(h.name, i, heldOut))
		path := filepath.Join(dir, fmt.Sprintf("%s-%d.png", h.name, i))
		if err := writePNG(path, s.picture); err != nil {
			return nil, nil, err
		}
		paths = append(paths, path)
		want[path] = s.texts
	}
	return paths, want, nil
}

func writePNG(path string, p image.Image) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(file, p); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}

// score is how a reader did on some pictures.
type score struct {
	codes, found, wrong, pictures int
	took                          time.Duration
}

func (s score) plus(t score) score {
	return score{s.codes + t.codes, s.found + t.found, s.wrong + t.wrong, s.pictures + t.pictures, s.took + t.took}
}

func (s score) String() string {
	if s.pictures == 0 {
		return ""
	}
	out := fmt.Sprintf("%d/%d %4d ms", s.found, s.codes, s.took.Milliseconds()/int64(s.pictures))
	if s.wrong > 0 {
		out += fmt.Sprintf(" WRONG %d", s.wrong)
	}
	return out
}

func judge(want, got map[string][]string) score {
	var s score
	for path, texts := range want {
		s.pictures++
		s.codes += len(texts)
		left := slices.Clone(got[path])
		for _, text := range texts {
			if i := slices.Index(left, text); i >= 0 {
				left = slices.Delete(left, i, i+1)
				s.found++
			}
		}
		s.wrong += len(left)
	}
	return s
}

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Saving, under the lock of the folder:
//
//  1. what is on disk was read again and the change made on that (update.go);
//  2. the new file is written as a generation of its own, so that there are two
//     copies of the newest content before the older one goes;
//  3. it is written beside the vault file, synced, read back and opened;
//  4. it is renamed into place and the folder synced;
//  5. only then old generations go.
//
// A crash leaves the old or the new file, and at most a temporary one that the
// next save removes. A failure leaves the old file and no generation.

// FileName is the vault's file in its folder.
const FileName = "vault.sleutelbos"

const (
	tempPrefix = ".sleutelbos-"
	tempSuffix = ".tmp"
)

func (f *Folder) path() string { return filepath.Join(f.dir, FileName) }

// target is where the file really lies: a vault that is a symbolic link stays
// one, and is locked where it lies.
func (f *Folder) target() (string, error) {
	target, err := filepath.EvalSymlinks(f.path())
	if errors.Is(err, os.ErrNotExist) {
		return f.path(), nil
	}
	if err != nil {
		return "", fmt.Errorf("find the vault file: %w", err)
	}
	return target, nil
}

// write makes raw the vault; keep says whether it becomes a generation too.
func (f *Folder) write(raw, master []byte, h header, keep bool) (os.FileInfo, error) {
	target, err := f.target()
	if err != nil {
		return nil, err
	}
	removeTemps(filepath.Dir(target))
	kept := ""
	if keep {
		if kept, err = f.keep(raw, master, h); err != nil {
			return nil, err
		}
	}
	info, err := put(target, raw, master)
	if err != nil {
		if kept != "" && info == nil {
			err = errors.Join(err, os.Remove(kept))
		}
		return nil, err
	}
	f.prune(h.Vault)
	return info, nil
}

// put writes a file beside its place, reads it back, opens it and renames it.
// On an error after the rename the stat comes with it.
func put(path string, raw, master []byte) (os.FileInfo, error) {
	dir := filepath.Dir(path)
	temp, err := writeTemp(dir, raw)
	if err != nil {
		return nil, fmt.Errorf("write the vault: %w", err)
	}
	info, err := readBack(temp, raw, master)
	if err == nil {
		err = replace(temp, path)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("write the vault: %w", err), os.Remove(temp))
	}
	return info, syncDir(dir)
}

// writeTemp writes a new file with mode 0600 down to the disk.
func writeTemp(dir string, raw []byte) (name string, err error) {
	temp, err := os.CreateTemp(dir, tempPrefix+"*"+tempSuffix)
	if err != nil {
		return "", err
	}
	_, err = temp.Write(raw)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp.Name()))
	}
	return temp.Name(), nil
}

// readBack looks whether what is on disk is what was written and opens.
func readBack(path string, raw, master []byte) (os.FileInfo, error) {
	back, info, err := readFile(path)
	if err != nil {
		return nil, fmt.Errorf("read it back: %w", err)
	}
	if !bytes.Equal(back, raw) {
		return nil, errors.New("what was read back is not what was written; look at the disk")
	}
	// Not wrapped: the vault itself is not damaged.
	file, err := parseFile(back)
	if err != nil {
		return nil, fmt.Errorf("what was read back is no vault: %v", err)
	}
	body, err := file.open(master)
	clear(body)
	if err != nil {
		return nil, fmt.Errorf("what was read back does not open: %v", err)
	}
	return info, nil
}

// removeTemps removes what a killed save left. Under the lock no other save is
// at work.
func removeTemps(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return // the save that follows will say it better
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, tempPrefix) && strings.HasSuffix(name, tempSuffix) {
			_ = os.Remove(filepath.Join(dir, name)) // tried again at the next save
		}
	}
}

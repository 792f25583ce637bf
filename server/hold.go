package server

import (
	"errors"
	"fmt"
	"os"
)

// holdFile is locked by whoever uses the data folder: shared by servers and
// commands, alone by one that puts another database in its place.
const holdFile = "sleutelbos.lock"

var (
	// ErrInUse says that a backup cannot be restored now. Nothing was changed.
	ErrInUse = errors.New("a server or another command is using this data folder; stop it, then restore again")
	// ErrRestoring says that the folder cannot be opened now.
	ErrRestoring = errors.New("a backup is being restored in this data folder; wait until that is done, then try again")
)

// hold is a use of the data folder. It ends with the process, however that
// ends.
type hold struct{ file *os.File }

// hold takes the folder, which must be there, or says at once why not.
func (f *Folder) hold(alone bool) (*hold, error) {
	file, err := os.OpenFile(f.path(holdFile), os.O_RDWR|os.O_CREATE|noFollow, 0o600)
	if err != nil {
		return nil, fmt.Errorf("hold the data folder: %w", err)
	}
	taken, err := tryLock(file, alone)
	if err == nil {
		err = giveToOwner(file, f.Data)
	}
	switch {
	case err != nil:
		err = fmt.Errorf("hold the data folder, which must be on a file system with locks and owners: %w", err)
	case taken:
		return &hold{file}, nil
	case alone:
		err = ErrInUse
	default:
		err = ErrRestoring
	}
	return nil, errors.Join(err, file.Close())
}

// release ends the use; of no hold there is nothing to end.
func (h *hold) release() error {
	if h == nil {
		return nil
	}
	return h.file.Close()
}

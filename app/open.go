package app

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"sleutelbos/app/words"
	"sleutelbos/vault"
)

// maxLine is the longest line that is read, in bytes: an otpauth address with a
// long key fits.
const maxLine = 8 << 10

// open opens the vault: with the passphrase file if one was given, else by the
// keyring, else by asking on the terminal.
func (a *App) open(ctx context.Context) (*vault.Vault, error) {
	folder, err := a.folder()
	if err != nil {
		return nil, err
	}
	if exists, err := folder.Exists(); err != nil {
		return nil, err
	} else if !exists {
		return nil, vault.ErrNoVault
	}
	if a.passphraseFile != "" {
		passphrase, err := a.readPassphraseFile()
		if err != nil {
			return nil, err
		}
		return folder.Open(ctx, vault.ByPassphrase(passphrase))
	}
	slots, err := folder.Slots()
	if err != nil {
		return nil, err
	}
	var keyringErr error = vault.ErrNoSlot
	if slices.Contains(slots, vault.KeyringSlot) {
		v, err := folder.Open(ctx, vault.ByKeyring())
		if err == nil || !vault.IsKeyring(err) {
			return v, err
		}
		keyringErr = err
	}
	return a.openByAsking(ctx, folder, slots, keyringErr)
}

func (a *App) openByAsking(ctx context.Context, folder *vault.Folder, slots []vault.SlotKind, keyringErr error) (*vault.Vault, error) {
	input, ok := a.keyboard()
	if !ok {
		if slices.Contains(slots, vault.PassphraseSlot) {
			return nil, a.refuse("cmd.passphrase-needed")
		}
		return nil, keyringErr
	}
	if vault.IsKeyring(keyringErr) {
		a.say("%s", words.Explain(a.words, keyringErr, ""))
	}
	if slices.Contains(slots, vault.PassphraseSlot) {
		passphrase, err := a.askSecret(input, "cmd.passphrase")
		if err != nil {
			return nil, err
		}
		return folder.Open(ctx, vault.ByPassphrase(passphrase))
	}
	typed, err := a.askSecret(input, "cmd.recovery-ask")
	if err != nil {
		return nil, err
	}
	v, err := folder.Open(ctx, vault.ByRecoveryKey(string(typed)))
	if err == nil && errors.Is(keyringErr, vault.ErrKeyringEmpty) && v.UseKeyring(ctx) == nil {
		a.say("%s", a.words.Say("unlock.keyring-anew"))
	}
	return v, err
}

// openOrCreate opens the vault, or makes the first one: locked by the keyring
// where it answers, else by a passphrase, and always with a recovery key.
func (a *App) openOrCreate(ctx context.Context) (*vault.Vault, error) {
	v, err := a.open(ctx)
	if err == nil && a.recoveryFile != "" {
		a.say("%s", a.words.Say("cmd.recovery-unneeded", "file", a.recoveryFile))
	}
	if !errors.Is(err, vault.ErrNoVault) {
		return v, err
	}
	folder, err := a.folder()
	if err != nil {
		return nil, err
	}
	if copies, err := folder.Generations(); err == nil && len(copies) > 0 {
		return nil, a.refuse("cmd.copies")
	}
	first, err := a.firstLock(ctx, folder)
	if err != nil {
		return nil, err
	}
	file, err := a.recoveryPlace()
	if err != nil {
		return nil, err
	}
	v, recovery, err := folder.Create(ctx, first)
	if err != nil {
		if file != nil {
			err = errors.Join(err, file.Close(), os.Remove(a.recoveryFile))
		}
		return nil, err
	}
	a.handOver(recovery, file)
	return v, nil
}

func (a *App) firstLock(ctx context.Context, folder *vault.Folder) (vault.First, error) {
	if a.passphraseFile != "" {
		passphrase, err := a.readPassphraseFile()
		if err == nil && utf8.RuneCount(passphrase) < vault.MinPassphrase {
			err = a.refuse("cmd.passphrase-short")
		}
		return vault.First{Passphrase: passphrase}, err
	}
	probe := folder.Probe(ctx)
	if probe == nil {
		return vault.First{Keyring: true}, nil
	}
	input, ok := a.keyboard()
	if !ok {
		return vault.First{}, a.refuse("cmd.passphrase-needed")
	}
	a.say("%s %s", words.Explain(a.words, probe, "").What, a.words.Say("next.keyring-passphrase"))
	passphrase, err := a.askSecret(input, "cmd.new-passphrase")
	if err != nil {
		return vault.First{}, err
	}
	if utf8.RuneCount(passphrase) < vault.MinPassphrase {
		return vault.First{}, a.refuse("cmd.passphrase-short")
	}
	again, err := a.askSecret(input, "cmd.passphrase-again")
	if err != nil {
		return vault.First{}, err
	}
	if !bytes.Equal(passphrase, again) {
		return vault.First{}, a.refuse("cmd.passphrase-differs")
	}
	return vault.First{Passphrase: passphrase}, nil
}

// recoveryPlace opens the file for the recovery key before the vault is made,
// so that no vault is made whose key then has nowhere to go.
func (a *App) recoveryPlace() (*os.File, error) {
	if a.recoveryFile == "" {
		return nil, nil
	}
	return os.OpenFile(a.recoveryFile, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// handOver gives the recovery key to the person, this once. The vault is made
// by now, so a file that fails is no reason to lose the key.
func (a *App) handOver(recovery vault.RecoveryKey, file *os.File) {
	if file == nil {
		a.say("%s\n\n    %s\n", a.words.Say("cmd.recovery"), recovery.Reveal())
		return
	}
	device, _ := os.Hostname() // an unknown name leaves the sentence without one
	_, err := io.WriteString(file, a.words.Say("recovery.file",
		"key", recovery.Reveal(), "date", a.now().Format("2006-01-02"), "device", device))
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		a.say("%s\n\n    %s\n", a.words.Say("cmd.recovery-unsaved", "file", a.recoveryFile), recovery.Reveal())
		return
	}
	a.say("%s", a.words.Say("cmd.recovery-file", "file", a.recoveryFile))
}

func (a *App) readPassphraseFile() ([]byte, error) {
	if a.passphraseFile == "-" {
		line, err := a.line(a.terminal.In)
		return []byte(line), err
	}
	file, err := os.Open(a.passphraseFile)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && runtime.GOOS != "windows" && info.Mode().IsRegular() && info.Mode().Perm()&0o077 != 0 {
		a.say("%s", a.words.Say("cmd.secret-file-open", "file", a.passphraseFile))
	}
	line, err := a.line(file)
	return []byte(line), err
}

// keyboard is the terminal that a person sits at, if there is one.
func (a *App) keyboard() (*os.File, bool) {
	file, ok := a.terminal.In.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

func (a *App) askSecret(input *os.File, key string) ([]byte, error) {
	return a.askSecretFor(input, a.words.Say(key))
}

func (a *App) askSecretFor(input *os.File, question string) ([]byte, error) {
	_, _ = fmt.Fprint(a.terminal.Err, question)
	secret, err := term.ReadPassword(int(input.Fd()))
	_, _ = fmt.Fprintln(a.terminal.Err)
	return secret, err
}

func (a *App) ask(key string) (string, error) {
	_, _ = fmt.Fprint(a.terminal.Err, a.words.Say(key))
	line, err := a.line(a.terminal.In)
	return strings.TrimSpace(line), err
}

// line is readLine, with errors for the person.
func (a *App) line(from io.Reader) (string, error) {
	line, err := readLine(from)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "", a.refuse("cmd.no-input")
	case errors.Is(err, bufio.ErrTooLong):
		return "", a.refuse("cmd.input-long")
	}
	return line, err
}

// readLine reads one line without reading past it, so that the next question
// finds the next line. Errors: io.ErrUnexpectedEOF when nothing is left,
// bufio.ErrTooLong beyond maxLine, and the reader's.
func readLine(from io.Reader) (string, error) {
	var line []byte
	one := make([]byte, 1)
	for len(line) <= maxLine {
		n, err := from.Read(one)
		if n == 1 {
			if one[0] == '\n' {
				return strings.TrimSuffix(string(line), "\r"), nil
			}
			line = append(line, one[0])
		}
		if errors.Is(err, io.EOF) {
			if len(line) == 0 {
				return "", io.ErrUnexpectedEOF
			}
			return string(line), nil
		}
		if err != nil {
			return "", err
		}
	}
	return "", bufio.ErrTooLong
}

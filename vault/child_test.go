package vault

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// runChild is the other process.
//
//	rename  renames the first entry to 1, 2, 3, … until it is killed
//	count   asks for codes of the second entry until its input ends
//	add N   adds entries N to N+19
//
// Before a save it prints "try N", afterwards "done N".
func runChild(mode, dir string) error {
	f := At(Options{Dir: dir, Argon2: cheap, Keyring: memoryKeyring{}})
	v, err := f.Open(ctx, ByPassphrase(anybody()))
	if err != nil {
		return err
	}
	switch mode {
	case "rename":
		return renameForEver(v)
	case "count":
		return countUntilEOF(v)
	}
	first, err := strconv.Atoi(mode)
	if err != nil {
		return err
	}
	for n := first; n < first+childAdds; n++ {
		err := v.Update(ctx, func(d *Draft) error {
			_, err := d.Add(totp(n), nil)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const childAdds = 20

func renameForEver(v *Vault) error {
	first := v.List()[0]
	n, err := strconv.Atoi(first.Account)
	if err != nil {
		return err
	}
	for n++; ; n++ {
		fmt.Println("try", n)
		name := strconv.Itoa(n)
		if err := v.Update(ctx, func(d *Draft) error { return d.Rename(first.ID, name, name) }); err != nil {
			return err
		}
		fmt.Println("done", n)
	}
}

func countUntilEOF(v *Vault) error {
	end := make(chan struct{})
	go func() {
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // whatever comes, it is the end
		close(end)
	}()
	id := v.List()[1].ID
	for {
		code, err := v.Code(ctx, id, morning)
		if err != nil {
			return err
		}
		fmt.Println("done", code.Step)
		select {
		case <-end:
			return nil
		default:
		}
	}
}

// child gives this test binary as another process.
func child(t *testing.T, mode, dir string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), binary)
	c.Env = append(os.Environ(), childMode+"="+mode, childDir+"="+dir)
	c.Stderr = os.Stderr
	return c
}

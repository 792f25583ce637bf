package words

import (
	"context"

	"sleutelbos/app/carry"
	"sleutelbos/app/linking"
	"sleutelbos/enroll"
	"sleutelbos/enroll/migrate"
	"sleutelbos/enroll/scan"
	"sleutelbos/vault"
)

// plain lists the sentinel errors whose sentences need no values, most telling
// first. Why and next are keys of the texts.
var plain = [...]struct {
	err       error
	why, next string
}{
	{context.Canceled, "cancelled", "again"},
	{context.DeadlineExceeded, "too-slow", "again"},
	{linking.ErrUnusableKey, "unusable-key", "newer-app"},
	{enroll.ErrPlainServer, "plain-server", "plain-server"},
	{enroll.ErrServer, "server-address", "server-address"},
	{enroll.ErrFingerprint, "fingerprint", "fingerprint"},
	{enroll.ErrLinkAddress, "link-address", "link-address"},
	{enroll.ErrActivationCheck, "check", "check"},
	{enroll.ErrActivationLength, "activation-length", "check"},
	{enroll.ErrNoSecret, "no-secret", "no-secret"},
	{enroll.ErrShortSecret, "short-secret", "short-secret"},
	{enroll.ErrNotAnAddress, "not-address", "not-address"},
	{enroll.ErrKind, "key-kind", "address-part"},
	{enroll.ErrAlgorithm, "key-algorithm", "address-part"},
	{enroll.ErrDigits, "key-digits", "address-part"},
	{enroll.ErrPeriod, "key-period", "address-part"},
	{enroll.ErrNumber, "key-number", "address-part"},
	{enroll.ErrTooLong, "key-long", "address-part"},
	{enroll.ErrNotACode, "not-code", "not-code"},
	{migrate.ErrUnknown, "import-unknown", "import-unknown"},
	{migrate.ErrPassphrase, "import-passphrase", "import-passphrase"},
	{migrate.ErrDamaged, "import-damaged", "import-damaged"},
	{migrate.ErrTooLarge, "import-large", "import-large"},
	{migrate.ErrCostly, "import-costly", "import-costly"},
	{migrate.ErrRestricted, "import-restricted", "import-restricted"},
	{migrate.ErrLocked, "import-locked", "import-locked"},
	{carry.ErrNothing, "import-nothing", "import-nothing"},
	{carry.ErrForbidden, "export-forbidden", "export-forbidden"},
	{carry.ErrForm, "export-form", "export-form"},
	{carry.ErrPolicy, "policy", "policy"},
	{carry.ErrSameFolder, "same-folder", "same-folder"},
	{vault.ErrForeignTooBig, "foreign-large", "foreign-large"},
	{scan.ErrNone, "no-qr", "no-qr"},
	{scan.ErrTooLarge, "picture-large", "picture-large"},
	{scan.ErrFormat, "picture-format", "picture-format"},
	{scan.ErrHEIC, "picture-heic", "picture-heic"},
	{scan.ErrPDF, "picture-pdf", "picture-pdf"},
	{scan.ErrPart, "qr-part", "qr-part"},
	{scan.ErrText, "qr-text", "qr-text"},
	{scan.ErrSize, "qr-size", "qr-size"},
	{vault.ErrKeyringMissing, "keyring-missing", "keyring-open"},
	{vault.ErrKeyringLocked, "keyring-locked", "keyring-open"},
	{vault.ErrKeyringSilent, "keyring-silent", "keyring-open"},
	{vault.ErrKeyringEmpty, "keyring-empty", "keyring-open"},
	{vault.ErrKeyringFailed, "keyring-failed", "keyring-open"},
	{vault.ErrNoVault, "no-vault", "no-vault"},
	{vault.ErrExists, "exists", "exists"},
	{vault.ErrLocked, "locked", "locked"},
	{vault.ErrWrongPassphrase, "wrong-passphrase", "wrong-passphrase"},
	{vault.ErrWrongRecoveryKey, "wrong-recovery", "wrong-recovery"},
	{vault.ErrRecoverySlip, "recovery-slip", "recovery-slip"},
	{vault.ErrDamaged, "damaged", "damaged"},
	{vault.ErrNewer, "newer", "newer"},
	{vault.ErrReadOnly, "read-only", "newer"},
	{vault.ErrNoSlot, "no-slot", "no-slot"},
	{vault.ErrBusy, "busy", "again"},
	{vault.ErrTooBig, "too-big", "too-big"},
	{vault.ErrArgon2, "argon2", "damaged"},
	{vault.ErrNoGeneration, "no-generation", "no-generation"},
	{vault.ErrNeedSlot, "need-slot", "need-slot"},
	{vault.ErrLastSlot, "last-slot", "last-slot"},
	{vault.ErrNoPassphrase, "no-passphrase", "no-passphrase"},
	{vault.ErrNotFound, "not-found", "not-found"},
	{vault.ErrDuplicate, "duplicate-unnamed", "duplicate"},
	{vault.ErrUnreadable, "unreadable", "unreadable"},
	{vault.ErrCounter, "counter", "counter"},
	{vault.ErrCounterLower, "counter-lower", "counter-lower"},
	{vault.ErrNoCounter, "no-counter", "no-counter"},
}

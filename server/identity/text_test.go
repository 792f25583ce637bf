package identity

import (
	"testing"

	"sleutelbos/enroll"
)

// Texts that a database takes for none are names that nobody has, and ids that
// nothing has; not a fault of the server.
func TestTextThatIsNone(t *testing.T) {
	h := newHouse(t)
	key := h.linked("anna")
	for _, text := range []string{"an\x00na", "\x00", "\xff\xfe", "anna\xc3", "\xed\xa0\x80"} {
		h.expect(text, h.code(key), ReasonUnknown)
		h.refused(h.ConfirmLink(t.Context(), text, h.code(key)), ReasonLinkGone, -1)
		request := h.request(text, another(t), text)
		request.Device, request.Language = text, text
		h.refused(h.startError(request), ReasonMismatch, 4)
		if _, err := h.Person(t.Context(), text); err == nil {
			t.Errorf("%q is somebody", text)
		}
		if _, err := h.AddPerson(t.Context(), NewPerson{User: text, Name: text, Email: "x@example.org"}); err == nil {
			t.Errorf("%q was made somebody", text)
		}
	}
	request := h.request("anna", h.activation("anna"), enroll.NewIdempotencyKey())
	request.Device, request.Language = "lap\x00top\xff", "n\x00l"
	h.must(h.startError(request))
	h.expect("anna", h.code(key), ReasonValid)
	h.must(h.VerifyAudit(t.Context()))
}

func (h *house) startError(request StartLink) error {
	_, err := h.StartLink(h.t.Context(), request)
	return err
}

package supabase

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"callanalyst/pkg/boot"
)

// Why Supabase did not do what was asked. Every error of this package wraps one
// of these.
var (
	// ErrCredentials reports an unknown address, a wrong password, or a user who
	// has no password because they came by Google or Apple: the answers are alike.
	ErrCredentials = errors.New("supabase: no user with this address and password")
	// ErrUnconfirmed reports the right password of an address never confirmed.
	ErrUnconfirmed = errors.New("supabase: address was never confirmed")
	// ErrBanned reports a banned user. It is said before the password is looked
	// at, so it proves nothing about who asks.
	ErrBanned = errors.New("supabase: user is banned")
	// ErrBusy reports Supabase's rate limit, which all sign-ins share.
	ErrBusy = errors.New("supabase: rate limit")
	// ErrUnavailable reports no answer, or none that means anything.
	ErrUnavailable = errors.New("supabase: no usable answer")
	// ErrSetup reports a refusal that no retry mends: a wrong key, a captcha, a
	// provider that is switched off.
	ErrSetup = errors.New("supabase: project refuses the migration")
	// ErrNotFound reports a user or page that is not there.
	ErrNotFound = errors.New("supabase: not found")
)

// Failure is an answer that is not 2xx. Its texts are Supabase's codes alone.
type Failure struct {
	Status int
	Code   string // "" when there was none that looks like a code
}

// Error implements error.
func (f *Failure) Error() string { return fmt.Sprintf("supabase answered %d %s", f.Status, f.Code) }

// failureOf reads an answer that is not 2xx. A refused key wraps
// boot.ErrRejected, so that a rotated one is fetched at once.
func failureOf(status int, header http.Header, body []byte) error {
	f := &Failure{Status: status, Code: codeOf(header, body)}
	if (status == http.StatusUnauthorized || status == http.StatusForbidden) && f.kind() == nil {
		return errors.Join(boot.ErrRejected, f)
	}
	return f
}

// codeOf finds the error code. The header says it in every form of newer
// versions; the body has it as error_code, as code, where older ones have the
// status, or as OAuth's error.
func codeOf(header http.Header, body []byte) string {
	var b struct {
		ErrorCode   string          `json:"error_code"`
		Code        json.RawMessage `json:"code"`
		OAuth       string          `json:"error"`
		Description string          `json:"error_description"`
	}
	_ = json.Unmarshal(body, &b) // HTML and the like have no code
	var text string
	_ = json.Unmarshal(b.Code, &text)
	if b.OAuth == "invalid_grant" && strings.EqualFold(b.Description, "Email not confirmed") {
		b.OAuth = "email_not_confirmed"
	}
	for _, code := range []string{header.Get("X-Sb-Error-Code"), b.ErrorCode, text, b.OAuth} {
		if isCode(code) {
			return code
		}
	}
	return ""
}

// isCode keeps everything out of logs that is not one of Supabase's codes.
func isCode(s string) bool {
	return s != "" && len(s) <= 64 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// kind returns what the code means, nil if it means nothing by itself.
func (f *Failure) kind() error {
	switch f.Code {
	case "invalid_credentials", "invalid_grant", "validation_failed":
		return ErrCredentials
	case "email_not_confirmed":
		return ErrUnconfirmed
	case "user_banned":
		return ErrBanned
	case "over_request_rate_limit":
		return ErrBusy
	case "user_not_found":
		return ErrNotFound
	case "captcha_failed", "email_provider_disabled", "no_authorization", "bad_jwt", "not_admin":
		return ErrSetup
	}
	return nil
}

// classified wraps err in what it means for the caller. A code that says "wrong
// password" counts only in an answer that refuses the request: behind a 500 it
// is an outage.
func classified(err error) error {
	var f *Failure
	if !errors.As(err, &f) {
		if errors.Is(err, ErrSetup) || errors.Is(err, ErrUnavailable) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	switch {
	case f.Status == http.StatusTooManyRequests:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case f.Status >= http.StatusInternalServerError || f.Status < http.StatusBadRequest:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case f.kind() != nil:
		return fmt.Errorf("%w: %w", f.kind(), err)
	case f.Status == http.StatusNotFound, f.Status == http.StatusRequestedRangeNotSatisfiable:
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	case f.Code == "" && f.Status == http.StatusBadRequest:
		return fmt.Errorf("%w: %w", ErrUnavailable, err) // something in front of Supabase
	}
	return fmt.Errorf("%w: %w", ErrSetup, err)
}

// withoutURL drops the address from a transport's error.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

package supabase

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// User is what Supabase says of a user. Times that are zero are absent.
type User struct {
	ID             string    `json:"id"`
	Email          string    `json:"email"`
	EmailConfirmed time.Time `json:"email_confirmed_at"`
	Confirmed      time.Time `json:"confirmed_at"` // of older versions
	BannedUntil    time.Time `json:"banned_until"`
	Anonymous      bool      `json:"is_anonymous"`
	// Meta is what the user or their provider wrote: any JSON at all.
	Meta json.RawMessage `json:"user_metadata"`
}

// Name returns the user's name, "" where nobody told it.
func (u User) Name() string { return u.meta("full_name", "name") }

// Picture returns the address of the user's picture, "" where there is none.
func (u User) Picture() string { return u.meta("avatar_url", "picture") }

// meta returns the first member that is a text with something in it.
func (u User) meta(names ...string) string {
	var members map[string]any
	_ = json.Unmarshal(u.Meta, &members) // whatever is no object has no members
	for _, name := range names {
		if text, ok := members[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}

// Proven reports whether the address was ever shown to be the user's.
func (u User) Proven() bool {
	return !u.Anonymous && (!u.EmailConfirmed.IsZero() || !u.Confirmed.IsZero())
}

// Session is the answer to a good password.
type Session struct {
	Token string `json:"access_token"`
	User  User   `json:"user"`
	Weak  *struct {
		Reasons []string `json:"reasons"`
	} `json:"weak_password"`
}

// SignIn asks whether the password belongs to the address. A good one opens a
// session in Supabase, which SignOut should close.
func (c *Client) SignIn(ctx context.Context, email, password string) (Session, error) {
	var out Session
	_, err := c.call(ctx, request{
		method: http.MethodPost, path: "/auth/v1/token?grant_type=password", key: publishable,
		body: map[string]string{"email": email, "password": password},
	}, &out)
	if err == nil && (out.User.ID == "" || out.Token == "") {
		err = fmt.Errorf("%w: a sign-in without a user", ErrUnavailable)
	}
	if err != nil {
		return Session{}, err
	}
	return out, nil
}

// SignOut closes the session that SignIn opened, and no other.
func (c *Client) SignOut(ctx context.Context, token string) error {
	_, err := c.call(ctx, request{
		method: http.MethodPost, path: "/auth/v1/logout?scope=local", key: publishable, bearer: token,
	}, nil)
	return err
}

// PageSize is how many users a page of Users holds at most.
const PageSize = 1000

// Users returns a page of all users, counted from 1, and how many users there
// are. A page that is empty is behind the last.
func (c *Client) Users(ctx context.Context, page int) (users []User, total int, err error) {
	var out struct {
		Users *[]User `json:"users"`
	}
	header, err := c.call(ctx, request{
		method: http.MethodGet, key: secret,
		path: "/auth/v1/admin/users?page=" + strconv.Itoa(page) + "&per_page=" + strconv.Itoa(PageSize),
	}, &out)
	if err != nil {
		return nil, 0, fmt.Errorf("page %d of users: %w", page, err)
	}
	if out.Users == nil {
		return nil, 0, fmt.Errorf("%w: page %d of users has no users member", ErrUnavailable, page)
	}
	total, _ = strconv.Atoi(header.Get("X-Total-Count")) // absent behind some proxies
	return *out.Users, total, nil
}

// User returns one user by id; ErrNotFound if there is none.
func (c *Client) User(ctx context.Context, id string) (User, error) {
	var out User
	_, err := c.call(ctx, request{method: http.MethodGet, key: secret, path: "/auth/v1/admin/users/" + url.PathEscape(id)}, &out)
	return out, err
}

// Profile is a row of the old table profiles.
type Profile struct {
	ID         string `json:"id"` // the user's
	Email      string `json:"email"`
	Tier       string `json:"tier"`
	CustomerID string `json:"stripe_customer_id"`
}

// Profiles returns the rows whose id is greater than after, in their order.
// The server may answer fewer rows than there are; only an empty page is the end.
func (c *Client) Profiles(ctx context.Context, after string) ([]Profile, error) {
	q := url.Values{"select": {"id,email,tier,stripe_customer_id"}, "order": {"id.asc"}, "limit": {strconv.Itoa(PageSize)}}
	if after != "" {
		q.Set("id", "gt."+after)
	}
	var out []Profile
	if _, err := c.call(ctx, request{method: http.MethodGet, key: secret, path: "/rest/v1/profiles?" + q.Encode()}, &out); err != nil {
		return nil, fmt.Errorf("page of profiles: %w", err)
	}
	return out, nil
}

package supabasetest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// token answers POST /token?grant_type=password. What comes before what is
// GoTrue's order: limit, user, ban, password, confirmation.
func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	var in struct{ Email, Password string }
	switch {
	case !s.keyIs(r, s.cfg.PublishableKey):
		s.refuse(w, http.StatusUnauthorized, "", "Invalid API key")
		return
	case r.FormValue("grant_type") != "password":
		s.refuse(w, http.StatusBadRequest, "validation_failed", "unsupported_grant_type")
		return
	case json.NewDecoder(r.Body).Decode(&in) != nil:
		s.refuse(w, http.StatusBadRequest, "bad_json", "Could not parse request body as JSON")
		return
	case s.limited():
		s.refuse(w, http.StatusTooManyRequests, "over_request_rate_limit", "Request rate limit reached")
		return
	}
	s.mu.Lock()
	u, ok := s.st.Users[strings.ToLower(in.Email)]
	s.mu.Unlock()
	switch {
	case !ok:
		s.refuse(w, http.StatusBadRequest, "invalid_credentials", "Invalid login credentials")
	case u.BannedUntil.After(s.cfg.Now()):
		s.refuse(w, http.StatusBadRequest, "user_banned", "User is banned")
	case u.Password == "" || u.Password != in.Password:
		s.refuse(w, http.StatusBadRequest, "invalid_credentials", "Invalid login credentials")
	case u.Confirmed.IsZero() && !u.Anonymous:
		s.refuse(w, http.StatusBadRequest, "email_not_confirmed", "Email not confirmed")
	default:
		s.welcome(w, u)
	}
}

// welcome opens a session and answers it.
func (s *Server) welcome(w http.ResponseWriter, u User) {
	s.mu.Lock()
	s.st.Next++
	token := fmt.Sprintf("eyJhbGciOiJIUzI1NiJ9.session-%d.sig", s.st.Next)
	s.st.Sessions[token] = u.ID
	s.mu.Unlock()
	body := map[string]any{
		"access_token": token, "token_type": "bearer", "expires_in": 3600,
		"expires_at": s.cfg.Now().Add(time.Hour).Unix(), "refresh_token": "r" + strconv.Itoa(len(token)), "user": u.view(),
	}
	if u.Weak {
		body["weak_password"] = map[string]any{"reasons": []string{"length"}, "message": "Password should be at least 12 characters."}
	}
	write(w, http.StatusOK, body)
}

// view is the user as the API shows one.
func (u User) view() map[string]any {
	return map[string]any{
		"id": u.ID, "aud": "authenticated", "role": "authenticated", "email": u.Email, "phone": "",
		"email_confirmed_at": moment(u.Confirmed), "confirmed_at": moment(u.Confirmed), "banned_until": moment(u.BannedUntil),
		"is_anonymous": u.Anonymous, "created_at": moment(u.Created), "updated_at": moment(u.Created),
		"app_metadata":  map[string]any{"provider": u.provider(), "providers": []string{u.provider()}},
		"user_metadata": map[string]any{"full_name": u.Name},
		"identities":    []any{map[string]any{"provider": u.provider(), "user_id": u.ID, "identity_data": map[string]any{"email": u.Email, "sub": u.ID}}},
	}
}

func (u User) provider() string {
	if u.Password == "" {
		return "google"
	}
	return "email"
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC()
}

// logout closes the session of the bearer.
func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	s.mu.Lock()
	_, ok := s.st.Sessions[token]
	delete(s.st.Sessions, token)
	s.mu.Unlock()
	if !ok {
		s.refuse(w, http.StatusForbidden, "session_not_found", "Session from session_id claim in JWT does not exist")
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// adminUsers answers a page of users, the newest first, as GoTrue does. A page
// behind the last is empty.
func (s *Server) adminUsers(w http.ResponseWriter, r *http.Request) {
	if !s.admin(w, r) {
		return
	}
	page, per := max(1, number(r, "page", 1)), min(1000, max(1, number(r, "per_page", 50)))
	all := s.sorted()
	from := min((page-1)*per, len(all))
	views := []map[string]any{}
	for _, u := range all[from:min(from+per, len(all))] {
		views = append(views, u.view())
	}
	w.Header().Set("X-Total-Count", strconv.Itoa(len(all)))
	write(w, http.StatusOK, map[string]any{"aud": "authenticated", "users": views})
}

func (s *Server) sorted() []User {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]User, 0, len(s.st.Users))
	for _, u := range s.st.Users {
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b User) int { return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID)) })
	return all
}

func (s *Server) adminUser(w http.ResponseWriter, r *http.Request) {
	if !s.admin(w, r) {
		return
	}
	for _, u := range s.sorted() {
		if u.ID == r.PathValue("id") {
			write(w, http.StatusOK, u.view())
			return
		}
	}
	s.refuse(w, http.StatusNotFound, "user_not_found", "User not found")
}

// admin lets the secret key through. It is refused to browsers, and as a bearer,
// where it is no JWT.
func (s *Server) admin(w http.ResponseWriter, r *http.Request) bool {
	bearer, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !s.keyIs(r, s.cfg.SecretKey), strings.Contains(r.UserAgent(), "Mozilla"):
		s.refuse(w, http.StatusUnauthorized, "", "Invalid API key")
	case bearer != "" && !strings.HasPrefix(bearer, "eyJ"):
		s.refuse(w, http.StatusForbidden, "bad_jwt", "invalid JWT")
	default:
		return true
	}
	return false
}

func (s *Server) keyIs(r *http.Request, key string) bool {
	return key == "" || r.Header.Get("apikey") == key
}

// refuse writes an error in the form that the request's API version asks for.
func (s *Server) refuse(w http.ResponseWriter, status int, code, message string) {
	if s.cfg.Old && status == http.StatusBadRequest {
		write(w, status, map[string]any{"error": "invalid_grant", "error_description": oldWords(code, message)})
		return
	}
	if code != "" && !s.cfg.Old {
		w.Header().Set("X-Sb-Error-Code", code)
	}
	write(w, status, map[string]any{"code": status, "error_code": code, "msg": message})
}

func oldWords(code, message string) string {
	if code == "invalid_credentials" {
		return "Invalid email or password"
	}
	return message
}

func number(r *http.Request, name string, def int) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil {
		return def
	}
	return n
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

package cognitotest

import (
	"cmp"
	"slices"
	"strings"
	"sync"
)

// store holds the users. All methods hand out copies and may be called
// concurrently; a change is seen whole or not at all.
type store struct {
	mu    sync.Mutex
	users map[string]user
	// emails maps a lower-case address to the native user who signs in with it.
	emails map[string]string
	subs   map[string]string
}

func newStore() *store {
	return &store{users: map[string]user{}, emails: map[string]string{}, subs: map[string]string{}}
}

// find looks a user up by user name, e-mail address or sub, without regard to
// case in the address.
func (st *store) find(login string) (user, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	u, ok := st.users[st.resolve(login)]
	return u.clone(), ok
}

func (st *store) resolve(login string) string {
	if _, ok := st.users[login]; ok {
		return login
	}
	if name, ok := st.emails[strings.ToLower(login)]; ok {
		return name
	}
	return st.subs[login]
}

// insert adds u. It refuses an address that another native user signs in with.
func (st *store) insert(u user) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	if _, ok := st.users[u.Username]; ok {
		return fail("UsernameExistsException", "User already exists")
	}
	if u.native() && u.email() != "" && st.emails[strings.ToLower(u.email())] != "" {
		return errEmailTaken()
	}
	st.put(u)
	return nil
}

// update applies change to the named user and returns the result. If change
// fails, or would take another user's address, nothing changes.
func (st *store) update(username string, change func(*user) error) (user, error) {
	st.mu.Lock()
	defer st.mu.Unlock()
	old, ok := st.users[username]
	if !ok {
		return user{}, errUserNotFound()
	}
	u := old.clone()
	if err := change(&u); err != nil {
		return user{}, err
	}
	owner := st.emails[strings.ToLower(u.email())]
	if u.native() && owner != "" && owner != username {
		return user{}, errAliasTaken()
	}
	st.drop(old)
	st.put(u)
	return u.clone(), nil
}

// remove deletes the named user and reports whether there was one.
func (st *store) remove(username string) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	u, ok := st.users[username]
	if ok {
		st.drop(u)
	}
	return ok
}

// all returns every user, oldest first.
func (st *store) all() []user {
	st.mu.Lock()
	defer st.mu.Unlock()
	out := make([]user, 0, len(st.users))
	for _, u := range st.users {
		out = append(out, u.clone())
	}
	slices.SortFunc(out, func(a, b user) int {
		return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.Username, b.Username))
	})
	return out
}

// replace swaps in a whole set of users.
func (st *store) replace(users []user) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.users, st.emails, st.subs = map[string]user{}, map[string]string{}, map[string]string{}
	for _, u := range users {
		st.put(u)
	}
}

// put and drop keep the indexes; the caller holds the lock.
func (st *store) put(u user) {
	u = u.clone()
	st.users[u.Username] = u
	st.subs[u.Sub] = u.Username
	if u.native() && u.email() != "" {
		st.emails[strings.ToLower(u.email())] = u.Username
	}
}

func (st *store) drop(u user) {
	delete(st.users, u.Username)
	delete(st.subs, u.Sub)
	if u.native() {
		delete(st.emails, strings.ToLower(u.email()))
	}
}

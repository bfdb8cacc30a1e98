package cognitotest

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"

	"callanalyst/pkg/auth/cognitotest/userfilter"
)

// listLimit is the most users of one page.
const listLimit = 60

type listRequest struct {
	UserPoolID      string `json:"UserPoolId"`
	AttributesToGet []string
	Filter          string
	Limit           *int
	PaginationToken string
}

type listResponse struct {
	PaginationToken string `json:",omitempty"`
	Users           []listedUser
}

// listUsers returns one page of the users who fit the filter.
func (s *Server) listUsers(_ context.Context, in listRequest) (any, error) {
	if err := s.checkPool(in.UserPoolID); err != nil {
		return nil, err
	}
	limit, err := in.limit()
	if err != nil {
		return nil, err
	}
	found, err := s.search(in.Filter)
	if err != nil {
		return nil, err
	}
	if found, err = after(found, in.PaginationToken); err != nil {
		return nil, err
	}
	out := listResponse{Users: []listedUser{}}
	if len(found) > limit {
		out.PaginationToken = base64.StdEncoding.EncodeToString([]byte(found[limit-1].Username))
		found = found[:limit]
	}
	for _, u := range found {
		entry, err := u.picked(in.AttributesToGet)
		if err != nil {
			return nil, err
		}
		out.Users = append(out.Users, entry)
	}
	return out, nil
}

func (in listRequest) limit() (int, error) {
	switch {
	case in.Limit == nil || *in.Limit == 0:
		return listLimit, nil
	case *in.Limit < 0 || *in.Limit > listLimit:
		return 0, errParameter("1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value between 0 and 60")
	}
	return *in.Limit, nil
}

// search returns the users who fit a filter, oldest first.
func (s *Server) search(text string) ([]user, error) {
	f, err := userfilter.Parse(text)
	var unknown *userfilter.AttributeError
	if errors.As(err, &unknown) || errors.Is(err, userfilter.ErrSyntax) {
		return nil, errParameter(err.Error())
	}
	return slices.DeleteFunc(s.users.all(), func(u user) bool { return !f.Matches(u.searched(f.Attribute)) }), nil
}

// searched is what a filter compares for an attribute.
func (u user) searched(name string) string {
	switch name {
	case "username":
		return u.Username
	case "sub":
		return u.Sub
	case "cognito:user_status":
		return u.Status
	case "status":
		if u.Disabled {
			return "Disabled"
		}
		return "Enabled"
	}
	return u.Attributes[name]
}

// after skips the users of the pages before token.
func after(users []user, token string) ([]user, error) {
	if token == "" {
		return users, nil
	}
	last, err := base64.StdEncoding.DecodeString(token)
	if err != nil {
		return nil, errParameter("Invalid pagination token.")
	}
	i := slices.IndexFunc(users, func(u user) bool { return u.Username == string(last) })
	if i < 0 {
		return nil, errParameter("Invalid pagination token.")
	}
	return users[i+1:], nil
}

// picked is u with only the attributes asked for; all if none are. Cognito answers
// an error if a user lacks one of them.
func (u user) picked(names []string) (listedUser, error) {
	out := u.listed()
	if len(names) == 0 {
		return out, nil
	}
	out.Attributes = slices.DeleteFunc(out.Attributes, func(a attribute) bool { return !slices.Contains(names, a.Name) })
	if len(out.Attributes) < len(slices.Compact(slices.Sorted(slices.Values(names)))) {
		return out, errParameter("One or more requested attributes do not exist.")
	}
	return out, nil
}

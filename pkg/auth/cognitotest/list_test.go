package cognitotest_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/google/go-cmp/cmp"
)

// crowd signs up users, a second apart, and returns their addresses.
func (p *pool) crowd(t *testing.T, n int) []string {
	t.Helper()
	var out []string
	for i := range n {
		address := fmt.Sprintf("user%03d@example.com", i)
		_, err := p.AdminCreateUser(t.Context(), &cip.AdminCreateUserInput{
			UserPoolId: aws.String(poolID), Username: &address, MessageAction: "SUPPRESS", TemporaryPassword: aws.String(password),
		})
		ok(t, "AdminCreateUser "+address, err)
		out = append(out, address)
		p.clock.advance(time.Second)
	}
	return out
}

// emails lists one page.
func (p *pool) emails(t *testing.T, in cip.ListUsersInput) (addresses []string, next *string, err error) {
	t.Helper()
	in.UserPoolId = aws.String(poolID)
	out, err := p.ListUsers(t.Context(), &in)
	if err != nil {
		return nil, nil, err
	}
	for _, u := range out.Users {
		addresses = append(addresses, attributes(u.Attributes)["email"])
	}
	return addresses, out.PaginationToken, nil
}

func TestListPages(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	want := p.crowd(t, 65)
	tests := []struct {
		name  string
		limit *int32
		pages []int
	}{
		{name: "sixty users fill a page", pages: []int{60, 5}},
		{name: "a page may be smaller", limit: aws.Int32(25), pages: []int{25, 25, 15}},
		{name: "a page that ends with the last user is the last", limit: aws.Int32(13), pages: []int{13, 13, 13, 13, 13}},
		{name: "no limit is the largest", limit: aws.Int32(0), pages: []int{60, 5}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			var sizes []int
			var token *string
			for {
				page, next, err := p.emails(t, cip.ListUsersInput{Limit: tt.limit, PaginationToken: token})
				ok(t, "ListUsers", err)
				got, sizes = append(got, page...), append(sizes, len(page))
				if token = next; token == nil {
					break
				}
			}
			if diff := cmp.Diff(tt.pages, sizes); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("users (-want +got):\n%s", diff)
			}
		})
	}
}

func TestListPagesSurviveChanges(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	want := p.crowd(t, 6)
	first, token, err := p.emails(t, cip.ListUsersInput{Limit: aws.Int32(3)})
	ok(t, "ListUsers", err)
	_, err = p.AdminDeleteUser(t.Context(), &cip.AdminDeleteUserInput{UserPoolId: aws.String(poolID), Username: &first[0]})
	ok(t, "AdminDeleteUser", err)
	second, _, err := p.emails(t, cip.ListUsersInput{Limit: aws.Int32(3), PaginationToken: token})
	ok(t, "ListUsers, second page", err)
	if diff := cmp.Diff(want[3:], second); diff != "" {
		t.Errorf("after a deletion on the first page (-want +got):\n%s", diff)
	}
}

func TestListFilters(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	ada := p.confirmed(t, email)
	ok(t, "name Ada", p.administer(t, email, "name", `Ada "the first"`))
	p.signUp(t, "bob@example.com")
	p.disable(t, "bob@example.com")
	tests := []struct {
		name, filter string
		want         []string
	}{
		{"by address", `email = "ada@example.com"`, []string{email}},
		{"by address in capitals", `email = "ADA@EXAMPLE.COM"`, []string{email}},
		{"by a prefix", `email ^= "b"`, []string{"bob@example.com"}},
		{"by sub", `sub = "` + ada + `"`, []string{email}},
		{"by user name", `username = "` + ada + `"`, []string{email}},
		{"by a name with quotation marks", `name = "Ada \"the first\""`, []string{email}},
		{"by state", `cognito:user_status = "UNCONFIRMED"`, []string{"bob@example.com"}},
		{"by being enabled", `status = "Enabled"`, []string{email}},
		{"by being disabled", `status = "Disabled"`, []string{"bob@example.com"}},
		{"nobody", `email = "nobody@example.com"`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := p.emails(t, cip.ListUsersInput{Filter: &tt.filter})
			ok(t, "ListUsers "+tt.filter, err)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("ListUsers %s (-want +got):\n%s", tt.filter, diff)
			}
		})
	}
}

func TestListRefusals(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.crowd(t, 2)
	tests := []struct {
		name    string
		in      cip.ListUsersInput
		message string
	}{
		{"a broken filter", cip.ListUsersInput{Filter: aws.String(`email = ada`)}, "Error while parsing filter"},
		{"a custom attribute", cip.ListUsersInput{Filter: aws.String(`custom:tos_version = "x"`)}, "Invalid search attribute: custom:tos_version"},
		{"too large a page", cip.ListUsersInput{Limit: aws.Int32(61)}, "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value between 0 and 60"},
		{"a negative page", cip.ListUsersInput{Limit: aws.Int32(-1)}, "1 validation error detected: Value at 'limit' failed to satisfy constraint: Member must have value between 0 and 60"},
		{"a token that is none", cip.ListUsersInput{PaginationToken: aws.String("?")}, "Invalid pagination token."},
		{"a token of nobody", cip.ListUsersInput{PaginationToken: aws.String("bm9ib2R5")}, "Invalid pagination token."},
		{"an attribute that a user lacks", cip.ListUsersInput{AttributesToGet: []string{"email", "name"}}, "One or more requested attributes do not exist."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := p.emails(t, tt.in)
			wantError(t, "ListUsers", err, "InvalidParameterException", tt.message)
		})
	}
}

func TestListPicksAttributes(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	p.crowd(t, 1)
	out, err := p.ListUsers(t.Context(), &cip.ListUsersInput{UserPoolId: aws.String(poolID), AttributesToGet: []string{"email"}})
	ok(t, "ListUsers", err)
	if diff := cmp.Diff(map[string]string{"email": "user000@example.com"}, attributes(out.Users[0].Attributes)); diff != "" {
		t.Errorf("attributes (-want +got):\n%s", diff)
	}
}

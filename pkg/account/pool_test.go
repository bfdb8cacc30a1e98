package account_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/account"
)

// admin is Cognito's admin API over one user, or an error.
type admin struct {
	err   error
	calls []string
}

func (a *admin) AdminGetUser(_ context.Context, in *cognito.AdminGetUserInput, _ ...func(*cognito.Options)) (*cognito.AdminGetUserOutput, error) {
	a.calls = append(a.calls, "get "+*in.UserPoolId+" "+*in.Username)
	return &cognito.AdminGetUserOutput{
		Username: in.Username, UserStatus: types.UserStatusTypeExternalProvider, UserCreateDate: aws.Time(noon()),
		UserAttributes: []types.AttributeType{{Name: aws.String("sub"), Value: aws.String("u1")}, {Name: aws.String("email"), Value: aws.String("u1@example.com")}},
	}, a.err
}

func (a *admin) AdminUserGlobalSignOut(_ context.Context, in *cognito.AdminUserGlobalSignOutInput, _ ...func(*cognito.Options)) (*cognito.AdminUserGlobalSignOutOutput, error) {
	a.calls = append(a.calls, "signout "+*in.UserPoolId+" "+*in.Username)
	return nil, a.err
}

func (a *admin) AdminDeleteUser(_ context.Context, in *cognito.AdminDeleteUserInput, _ ...func(*cognito.Options)) (*cognito.AdminDeleteUserOutput, error) {
	a.calls = append(a.calls, "delete "+*in.UserPoolId+" "+*in.Username)
	return nil, a.err
}

func TestFindKnowsPeopleByTheirSub(t *testing.T) {
	t.Parallel()
	l := account.Pool{Cognito: &admin{}, ID: "pool"}
	got, ok, err := l.Find(t.Context(), ada)
	want := account.SignIn{
		Username: "Google_1", Status: "EXTERNAL_PROVIDER", CreatedAt: noon(), Attributes: map[string]string{"sub": "u1", "email": "u1@example.com"},
	}
	if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
		t.Errorf("Find = %v, %v (-want +got):\n%s", ok, err, diff)
	}
	if _, ok, err := l.Find(t.Context(), account.Person{Sub: "u0", Username: "Google_1"}); ok || err != nil {
		t.Errorf("Find of somebody whose name another has now = %v, %v, want nobody", ok, err)
	}
}

func TestThePoolTakesGoneForDone(t *testing.T) {
	t.Parallel()
	gone := &types.UserNotFoundException{}
	for _, tt := range []struct{ err, want error }{{nil, nil}, {gone, nil}, {errDown, errDown}} {
		a := &admin{err: tt.err}
		l := account.Pool{Cognito: a, ID: "pool"}
		_, ok, err := l.Find(t.Context(), ada)
		if ok != (tt.err == nil) || !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) {
			t.Errorf("Find after %v = %v, %v, want %v", tt.err, ok, err, tt.want)
		}
		for name, do := range map[string]func(context.Context, string) error{"SignOut": l.SignOut, "Delete": l.Delete} {
			if err := do(t.Context(), "Google_1"); !errors.Is(err, tt.want) || (err != nil) != (tt.want != nil) {
				t.Errorf("%s after %v = %v, want %v", name, tt.err, err, tt.want)
			}
		}
		if len(a.calls) != 3 || a.calls[0] != "get pool Google_1" {
			t.Errorf("calls %q, want three of this pool and name", a.calls)
		}
	}
}

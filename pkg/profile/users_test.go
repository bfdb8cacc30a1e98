package profile_test

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"

	"callanalyst/pkg/entitlement"
	"callanalyst/pkg/profile"
)

// pool answers AdminGetUser with one user, or an error.
type pool struct {
	out   *cognito.AdminGetUserOutput
	err   error
	asked *cognito.AdminGetUserInput
}

func (p *pool) AdminGetUser(_ context.Context, in *cognito.AdminGetUserInput, _ ...func(*cognito.Options)) (*cognito.AdminGetUserOutput, error) {
	p.asked = in
	return p.out, p.err
}

func cognitoUser(enabled bool, pairs ...string) *cognito.AdminGetUserOutput {
	out := &cognito.AdminGetUserOutput{Enabled: enabled}
	for i := 0; i < len(pairs); i += 2 {
		out.UserAttributes = append(out.UserAttributes, types.AttributeType{Name: &pairs[i], Value: &pairs[i+1]})
	}
	return out
}

func TestUsersGet(t *testing.T) {
	t.Parallel()
	slow := errors.New("i/o timeout")
	tests := []struct {
		name string
		pool pool
		want error
	}{
		{name: "a user's attributes make the profile", pool: pool{out: cognitoUser(true, "sub", "u1", "email", "ada@example.com", "picture", "https://example.com/a.png")}},
		{name: "a deleted user's token is no longer good", pool: pool{err: &types.UserNotFoundException{}}, want: profile.ErrNoUser},
		{name: "the name's next owner is somebody else", pool: pool{out: cognitoUser(true, "sub", "u2", "email", "eve@example.com")}, want: profile.ErrNoUser},
		{name: "a user locked in Cognito is locked here", pool: pool{out: cognitoUser(false, "sub", "u1")}, want: entitlement.ErrDisabled},
		{name: "throttling passes", pool: pool{err: &types.TooManyRequestsException{}}, want: profile.ErrUnavailable},
		{name: "silence passes", pool: pool{err: slow}, want: slow},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			users := profile.Users{Cognito: &tt.pool, PoolID: "us-east-2_X"}
			got, err := users.Get(t.Context(), profile.Person{Sub: "u1", Username: "Google_1084"})
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Fatalf("Get = %v, want %v", err, tt.want)
			}
			if tt.want == nil && (got.Email != "ada@example.com" || got.AvatarURL == "" || got.Source != profile.FromCognito) {
				t.Errorf("Get = %+v", got)
			}
			if tt.want != nil && got.Email != "" {
				t.Errorf("Get = %+v beside its error", got)
			}
			if aws.ToString(tt.pool.asked.Username) != "Google_1084" || aws.ToString(tt.pool.asked.UserPoolId) != "us-east-2_X" {
				t.Errorf("asked Cognito for %v of %v", tt.pool.asked.Username, tt.pool.asked.UserPoolId)
			}
		})
	}
}

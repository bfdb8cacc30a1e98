package profiletest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"callanalyst/pkg/profile/profiletest"
)

// get reads a row as a function would.
func get(ctx context.Context, db *dynamodb.Client, w *profiletest.World) error {
	_, err := db.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(w.DB.Table("profiles")), Key: map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: "u1"}},
	})
	return err
}

func TestTroubleStrikesAsOftenAsSaid(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	synctest.Test(t, func(t *testing.T) {
		w := profiletest.New(t, shared)
		db := dynamodb.NewFromConfig(w.Process(t, "profile-get").AWS("DYNAMODB"), func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
		w.Make(profiletest.Trouble{Call: "dynamodb PutItem"})
		w.Make(profiletest.Trouble{Call: "dynamodb GetItem profiles", Code: "ThrottlingException", Times: 2})
		w.Make(profiletest.Trouble{Call: "dynamodb", After: time.Second, Pass: true, Times: 1})
		var got []bool
		began := time.Now()
		for range 4 {
			got = append(got, get(t.Context(), db, w) == nil)
		}
		if diff := cmp.Diff([]bool{false, false, true, true}, got); diff != "" {
			t.Errorf("calls that went well (-want +got):\n%s", diff)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("four calls took %s, want the one second", took)
		}
		if diff := cmp.Diff([]string{"dynamodb GetItem profiles", "dynamodb GetItem profiles", "dynamodb GetItem profiles", "dynamodb GetItem profiles"}, w.Calls()); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
		w.Make(profiletest.Trouble{Call: "dynamodb", After: time.Hour})
		ctx, stop := context.WithTimeout(t.Context(), time.Second)
		defer stop()
		if err := get(ctx, db, w); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a slow call = %v, want the deadline", err)
		}
		w.Calm()
		w.Forget()
		if err := get(t.Context(), db, w); err != nil || len(w.Calls()) != 1 {
			t.Errorf("afterwards: %v, calls %q", err, w.Calls())
		}
	})
}

func TestAProcessHasWhatTheManifestGrants(t *testing.T) {
	t.Parallel()
	w := profiletest.New(t, profiletest.Shared(t))
	env := w.Process(t, "post-confirmation").Env
	for _, name := range []string{"TABLE_PROFILES", "QUEUE_WELCOME", "SECRET_STRIPE", "STRIPE_API_BASE"} {
		if env.Or(name, "") == "" {
			t.Errorf("post-confirmation has no %s", name)
		}
	}
	// Its pool comes with each event: the stack would need itself first.
	for _, name := range []string{"USER_POOL_ID", "TABLE_BOTS", "SECRET_OPENAI", "JWKS"} {
		if v := env.Or(name, ""); v != "" {
			t.Errorf("post-confirmation has %s = %q, which it is not granted", name, v)
		}
	}
}

func TestLogCheckFindsWhatMustNotBeThere(t *testing.T) {
	t.Parallel()
	for _, line := range []string{`{"to":"ada@example.com"}`, `{"key":"sk_test_x"}`, `{"name":"Ada"}`} {
		var l profiletest.Log
		if _, err := l.Write([]byte(line + "\n")); err != nil {
			t.Fatal(err)
		}
		if s := (&spy{TB: t}); func() bool { l.Check(s, "Ada"); return !s.failed }() {
			t.Errorf("Check found nothing in %s", line)
		}
	}
}

// spy is a test whose failure is what is wanted.
type spy struct {
	testing.TB
	failed bool
}

func (s *spy) Helper()               {}
func (s *spy) Errorf(string, ...any) { s.failed = true }

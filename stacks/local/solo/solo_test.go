package solo_test

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"callanalyst/pkg/auth/cognitotest"
	"callanalyst/pkg/auth/cognitotest/keys"
	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
	"callanalyst/stacks/local/solo"
)

// TestMain makes the test binary a function where it is run as one.
func TestMain(m *testing.M) {
	if os.Getenv("AWS_LAMBDA_RUNTIME_API") != "" {
		lambda.Start(readBack)
		return
	}
	os.Exit(m.Run())
}

// readBack looks for the row that its event names, and for a user who is not
// there, and answers what it was given in its environment.
func readBack(ctx context.Context, e struct{ Sub string }) (map[string]any, error) {
	url := os.Getenv("AWS_ENDPOINT_URL")
	row, err := dynamotest.NewClient(url).GetItem(ctx, &dynamodb.GetItemInput{
		TableName: aws.String(os.Getenv("TABLE_PROFILES")), Key: solo.Row(map[string]any{"cognito_sub": e.Sub}),
	})
	if err != nil {
		return nil, err
	}
	_, err = pool(url).AdminGetUser(ctx, &cognito.AdminGetUserInput{UserPoolId: aws.String(os.Getenv("USER_POOL_ID")), Username: aws.String("nobody")})
	return map[string]any{"found": len(row.Item) > 0, "nobody": err != nil, "queue": os.Getenv("QUEUE_WELCOME"), "secret": os.Getenv("SECRET_STRIPE")}, nil
}

func pool(url string) *cognito.Client {
	return cognito.New(cognito.Options{
		Region: "us-east-2", BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
}

// poolKeys makes the keys that all tests share: making them is slow.
var poolKeys = sync.OnceValues(keys.Generate)

func signingKeys(t *testing.T) keys.Set {
	t.Helper()
	set, err := poolKeys()
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func newWorld(t *testing.T, s solo.Setup) *solo.World {
	t.Helper()
	w, err := solo.NewWorld(t.Context(), dynamotest.Root(t), signingKeys(t), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

func TestStageRunsTheFunctionInOneWorldAfterTheOther(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	st, err := solo.Open(solo.Cast{Binary: binary, Keys: signingKeys(t), Function: fleet.Function{
		Name: "f", Timeout: 20 * time.Second, MemoryMB: 128, Settings: []string{"USER_POOL_ID"},
		Tables: []fleet.Grant{{Table: "profiles"}}, Sends: []string{"welcome"}, Secrets: []string{"stripe"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(st.Close)
	worlds := []*solo.World{
		newWorld(t, solo.Setup{Rows: map[string][]map[string]any{"profiles": {{"cognito_sub": "u1"}}}}),
		newWorld(t, solo.Setup{}),
	}
	for i, w := range worlds {
		var heard []string
		res, calls, err := st.Invoke(t.Context(), w, []byte(`{"Sub":"u1"}`), solo.Watch{Call: func(c solo.Call) { heard = append(heard, c.Operation) }})
		if err != nil || res.FunctionError != "" {
			t.Fatalf("world %d: %v %s", i, err, res.Payload)
		}
		want := map[string]any{"found": i == 0, "nobody": true, "queue": "https://sqs.us-east-2.amazonaws.com/000000000000/welcome", "secret": "callanalyst/stripe"}
		var got map[string]any
		if err := json.Unmarshal(res.Payload, &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("world %d: answer (-want +got):\n%s", i, diff)
		}
		wantCalls := []solo.Call{
			{Service: "dynamodb", Operation: "GetItem", With: map[string]any{"TableName": "profiles", "Key": map[string]any{"cognito_sub": "u1"}}},
			{Service: "cognito-idp", Operation: "AdminGetUser", With: map[string]any{"UserPoolId": cognitotest.DefaultPoolID, "Username": "nobody"}, Answered: "UserNotFoundException"},
		}
		if diff := cmp.Diff(wantCalls, calls, cmpopts.IgnoreFields(solo.Call{}, "Began", "Ended")); diff != "" {
			t.Errorf("world %d: calls (-want +got):\n%s", i, diff)
		}
		if len(calls) == 2 && (calls[0].Ended > calls[1].Began || calls[0].Began > calls[0].Ended) {
			t.Errorf("world %d: calls one behind the other seem to overlap: %+v", i, calls)
		}
		if diff := cmp.Diff([]string{"GetItem", "AdminGetUser"}, heard); diff != "" {
			t.Errorf("world %d: heard of calls (-want +got):\n%s", i, diff)
		}
		if res.Cold != (i == 0) {
			t.Errorf("world %d: cold = %t", i, res.Cold)
		}
	}
}

func TestWorldHoldsItsSetup(t *testing.T) {
	t.Parallel()
	row := map[string]any{
		"cognito_sub": "u1", "n": json.Number("2"), "ok": true, "none": nil, "list": []any{"a"}, "map": map[string]any{"k": "v"},
	}
	w := newWorld(t, solo.Setup{
		Rows:  map[string][]map[string]any{"profiles": {row}},
		Users: []solo.User{{Sub: "u1", Attributes: map[string]string{"email": "a@example.com"}}},
	})
	server := http.Server{Handler: w.AWS}
	url := serve(t, &server)
	got, err := dynamotest.NewClient(url).GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String("profiles"), Key: solo.Row(map[string]any{"cognito_sub": "u1"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(solo.Row(row), got.Item, cmpopts.IgnoreUnexported(
		types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberBOOL{},
		types.AttributeValueMemberM{}, types.AttributeValueMemberL{}, types.AttributeValueMemberNULL{})); diff != "" {
		t.Errorf("the row (-setup +table):\n%s", diff)
	}
	user, err := pool(url).AdminGetUser(t.Context(), &cognito.AdminGetUserInput{UserPoolId: aws.String(cognitotest.DefaultPoolID), Username: aws.String("u1")})
	if err != nil || user.UserStatus != "CONFIRMED" {
		t.Errorf("AdminGetUser(u1) = %+v, %v, want the setup's user, confirmed", user, err)
	}
}

func TestWorldRefusesARowOfNoTable(t *testing.T) {
	t.Parallel()
	_, err := solo.NewWorld(t.Context(), dynamotest.Root(t), signingKeys(t), solo.Setup{Rows: map[string][]map[string]any{"profile": {{"a": "b"}}}})
	if err == nil || !strings.Contains(err.Error(), "profile") {
		t.Errorf("NewWorld = %v, want an error that names the table", err)
	}
}

func TestFill(t *testing.T) {
	t.Parallel()
	w := newWorld(t, solo.Setup{})
	event := `{"code":"{{code:Qm7&lt;x}}","a":"Bearer {{token:u1}}","b":"{{expired-token:u1}}"}`
	out, filled, err := w.Fill(t.Context(), []byte(event))
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Code, A, B string }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(got.Code, "AYAD") || strings.Count(got.A, ".") != 2 || got.A == "Bearer "+got.B {
		t.Fatalf("Fill(%s) = %s, want an encrypted code and two tokens", event, out)
	}
	hidden := map[string]string{}
	for _, f := range filled {
		hidden[f.Value] = f.Kind
	}
	want := map[string]string{got.Code: "encrypted code", "Qm7&lt;x": "code", "Qm7<x": "code", strings.TrimPrefix(got.A, "Bearer "): "token", got.B: "token"}
	if diff := cmp.Diff(want, hidden); diff != "" {
		t.Errorf("what must not be shown (-want +got):\n%s", diff)
	}
	if _, _, err := w.Fill(t.Context(), []byte(`{"x":"{{tokn:u1}}"}`)); err == nil || !strings.Contains(err.Error(), "tokn") {
		t.Errorf("Fill of an unknown blank = %v, want an error that names it", err)
	}
}

// serve runs the server on a free port until the test's end.
func serve(t *testing.T, server *http.Server) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return "http://" + listener.Addr().String()
}

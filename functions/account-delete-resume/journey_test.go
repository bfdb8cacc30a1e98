package main

import (
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"callanalyst/pkg/account"
	"callanalyst/pkg/account/leave"
	"callanalyst/pkg/boot/awstest"
	"callanalyst/pkg/profile/profiletest"
)

// TestNobodyNeedsToAskAgain has each party fail in turn while an account is being
// deleted, by a caller who then goes away for good. The queue's message, which was
// sent before anything else, ends it.
func TestNobodyNeedsToAskAgain(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	for _, call := range []string{
		"cognito-idp AdminUserGlobalSignOut", "cognito-idp AdminDeleteUser", "dynamodb DeleteItem profiles", "ses", "dynamodb UpdateItem entitlements",
	} {
		t.Run(call, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { abandon(t, profiletest.New(t, shared), call) })
		})
	}
}

func abandon(t *testing.T, w *profiletest.World, call string) {
	if err := w.AWS.SES.CreateConfigurationSet(t.Context(), awstest.ConfigurationSetRef{ConfigurationSetName: "auth"}); err != nil {
		t.Fatal(err)
	}
	p := w.Process(t, "account-delete")
	d, err := leave.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	d.Later = leave.Later(p)
	username, code := w.SignUp(t, "ada@example.com", "Ada")
	if err := w.Confirm(t, username, code); err != nil {
		t.Fatal(err)
	}
	attributes, _ := w.User(t, username)
	who := account.Person{Sub: attributes["sub"], Username: username}

	w.Make(profiletest.Trouble{Call: call})
	if err := d.Delete(t.Context(), who); err == nil {
		t.Fatalf("with %s in trouble the deletion was done", call)
	}
	begun := deletion(t, w, who.Sub)
	w.Calm()
	work(t, w)

	want := map[string]string{"begun": "done", "": ""}[begun] // what never began is left alone
	if got := deletion(t, w, who.Sub); got != want {
		t.Errorf("after %q the deletion is %q, want %q", begun, got, want)
	}
	if n := len(w.AWS.SES.Messages()); (n == 1) != (want == "done") {
		t.Errorf("%d mails with the deletion %q", n, want)
	}
	w.Log.Check(t, "Ada", "ada@")
}

// work hands the queue's message to the worker, as Lambda does.
func work(t *testing.T, w *profiletest.World) {
	t.Helper()
	fn, err := w.Process(t, "account-delete-resume").Start(t.Context(), wire)
	if err != nil {
		t.Fatal(err)
	}
	<-time.After(account.Wait)
	out, err := w.AWS.SQS.ReceiveMessage(t.Context(), awstest.ReceiveInput{QueueURL: "deletions"})
	if err != nil || len(out.Messages) != 1 {
		t.Fatalf("the queue has %d messages, %v, want one", len(out.Messages), err)
	}
	event, err := json.Marshal(map[string]any{"Records": []map[string]string{{"messageId": "m1", "body": out.Messages[0].Body}}})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := fn(t.Context(), event)
	if got, _ := json.Marshal(answer); err != nil || string(got) != `{"batchItemFailures":[]}` {
		t.Errorf("the worker answered %s, %v", got, err)
	}
}

// deletion is how far the user's deletion is.
func deletion(t *testing.T, w *profiletest.World, sub string) string {
	t.Helper()
	out, err := w.DB.GetItem(t.Context(), &dynamodb.GetItemInput{
		TableName: aws.String(w.DB.Table("entitlements")), Key: map[string]types.AttributeValue{"cognito_sub": &types.AttributeValueMemberS{Value: sub}},
	})
	if err != nil {
		t.Fatal(err)
	}
	s, ok := out.Item["deletion"].(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

// TestWithoutItsQueueNothingBegins is about the endpoint: what could be left half
// way, with nobody to end it, does not begin.
func TestWithoutItsQueueNothingBegins(t *testing.T) {
	t.Parallel()
	shared := profiletest.Shared(t)
	synctest.Test(t, func(t *testing.T) {
		w := profiletest.New(t, shared)
		p := w.Process(t, "account-delete")
		d, err := leave.Open(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		d.Later = leave.Later(p)
		username, code := w.SignUp(t, "ada@example.com", "Ada")
		if err := w.Confirm(t, username, code); err != nil {
			t.Fatal(err)
		}
		attributes, _ := w.User(t, username)
		w.Make(profiletest.Trouble{Call: "sqs"})
		err = d.Delete(t.Context(), account.Person{Sub: attributes["sub"], Username: username})
		if got := deletion(t, w, attributes["sub"]); err == nil || got != "" {
			t.Errorf("Delete = %v and the deletion is %q, want an error and none", err, got)
		}
	})
}

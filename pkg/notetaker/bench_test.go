package notetaker_test

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/consent"
	"callanalyst/pkg/notetaker"
	"callanalyst/pkg/notetaker/recall"
	"callanalyst/pkg/notetaker/recalltest"
)

// canned is DynamoDB that answers each operation at once, always the same: what is
// measured is this package and the SDK.
type canned map[string]string

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil, err
	}
	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	body, ok := c[operation]
	if !ok {
		return nil, fmt.Errorf("unexpected %s", operation)
	}
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/x-amz-json-1.0"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)), Request: r,
	}, nil
}

func (c canned) client() *dynamodb.Client {
	return dynamodb.New(dynamodb.Options{
		Region: "us-east-2", BaseEndpoint: aws.String("https://dynamodb.example"), HTTPClient: &http.Client{Transport: c},
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
	})
}

// BenchmarkTake is one webhook with an utterance: the signature, the payload and
// the one write.
func BenchmarkTake(b *testing.B) {
	db := canned{"TransactWriteItems": `{}`}.client()
	s := notetaker.Scribe{
		Keys:   recall.FixedKeys(recall.Secret{APIKey: "k", WebhookSecrets: []string{recalltest.TestSecret}, URLToken: token}),
		Chunks: &notetaker.Chunks{DB: db, Table: "chunks", Now: time.Now}, Log: slog.New(slog.DiscardHandler), Now: time.Now,
	}
	body := []byte(utterance("bot_1", "All users have signed in again, and nobody has called."))
	h := http.Header{}
	recalltest.New(recalltest.Config{}).Sign(h, "msg_1", body)
	b.ReportAllocs()
	for b.Loop() {
		if got, err := s.Take(b.Context(), h, token, body); err != nil || got.Outcome != notetaker.Stored {
			b.Fatal(got, err)
		}
	}
}

// BenchmarkRead is one poll: ownership, terms, books and a page of the call.
func BenchmarkRead(b *testing.B) {
	for _, n := range []int{0, 64} {
		b.Run(fmt.Sprintf("%d chunks", n), func(b *testing.B) {
			db := canned{
				"BatchGetItem": `{"UnprocessedKeys":{},"Responses":{"bots":[{"cognito_sub":{"S":"u1"},"bot_id":{"S":"b1"}}],"entitlements":[{"cognito_sub":{"S":"u1"},"tos_version":{"S":"2026-06-01"}}],` +
					`"chunks":[{"bot_id":{"S":"b1"},"seq":{"N":"0"},"last":{"N":"64"},"code":{"S":"in_call_recording"}}]}}`,
				"Query": page(b, n),
			}.client()
			r := notetaker.Reader{
				Rows: db, Bots: "bots", Chunks: &notetaker.Chunks{DB: db, Table: "chunks", Now: time.Now}, Now: time.Now,
				Gate: notetaker.Gate{Entitlements: "entitlements", Terms: consent.Required("2026-06-01")},
			}
			b.ReportAllocs()
			for b.Loop() {
				got, err := r.Read(b.Context(), "u1", "b1", 0)
				if err != nil || len(got.Chunks) != n {
					b.Fatal(len(got.Chunks), err)
				}
				if _, err := json.Marshal(got); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// page is DynamoDB's answer with n utterances.
func page(b *testing.B, n int) string {
	b.Helper()
	items := []map[string]map[string]string{}
	for i := range n {
		items = append(items, map[string]map[string]string{
			"bot_id": {"S": "b1"}, "seq": {"N": fmt.Sprint(i + 1)}, "speaker": {"S": "Ann Okafor"}, "text": {"S": "All users have signed in again, and nobody has called."},
			"start_ms": {"N": fmt.Sprint(1000 * i)}, "end_ms": {"N": fmt.Sprint(1000*i + 900)}, "participant": {"N": "1"}, "ttl": {"N": "1800000000"},
		})
	}
	text, err := json.Marshal(map[string]any{"Items": items, "Count": n})
	if err != nil {
		b.Fatal(err)
	}
	return string(text)
}

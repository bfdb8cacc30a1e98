// Command ses-events hears from SES what became of each mail, and has no more
// sent to addresses that cannot or do not want to get any.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/mail/suppress"
)

func main() { boot.Main("ses-events", wire) }

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	cfg := p.AWS("DYNAMODB")
	l := &suppress.List{DB: dynamodb.NewFromConfig(cfg), Table: p.Env.Table("suppressions"), Now: p.Now}
	if p.Env.Err() == nil {
		p.Connect(ctx, boot.Endpoint(cfg, "dynamodb"))
	}
	return handler(l, p.Log, p.Now), nil
}

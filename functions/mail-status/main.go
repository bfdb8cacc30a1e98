// Command mail-status answers POST /api/mail/status: whether a code that is about
// to be mailed to an address would arrive. Nobody needs to be signed in for it.
package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot"
	"callanalyst/pkg/mail/suppress"
	"callanalyst/pkg/rest"
)

func main() { boot.Main("mail-status", wire) }

// wire makes the function's parts.
func wire(ctx context.Context, p *boot.Process) (boot.Func, error) {
	cfg := p.AWS("DYNAMODB")
	db := dynamodb.NewFromConfig(cfg)
	q := suppress.Question{
		Reachable: suppress.Reachable{Suppressions: &suppress.Reader{DB: db, Table: p.Env.Table("suppressions")}, Log: p.Log},
		Counts:    suppress.Counts{DB: db, Table: p.Env.Table("mails"), Now: p.Now}, Log: p.Log,
	}
	if p.Env.Err() == nil {
		address := boot.Endpoint(cfg, "dynamodb")
		p.Connect(ctx, address, address)
	}
	return rest.Serve(p.Log, handler(q)), nil
}

// Command gotrue is Supabase's GoTrue, and beside it "gotrue sql FILE", which runs
// a file of SQL on the database at DATABASE_URL.
package main

import (
	"context"
	"log"
	"os"

	"github.com/jackc/pgx/v4"
	"github.com/netlify/gotrue/cmd"
)

func main() {
	run := cmd.RootCommand().Execute
	if len(os.Args) == 3 && os.Args[1] == "sql" {
		run = func() error { return sql(os.Args[2]) }
	}
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func sql(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	ctx := context.Background()
	db, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	_, err = db.PgConn().Exec(ctx, string(text)).ReadAll()
	return err
}

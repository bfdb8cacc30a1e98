// Command ask asks the local fleet a question in the terminal and shows the
// answer as it comes:
//
//	go run ./stacks/ask "What is churn?"
//	go run ./stacks/ask -bot bot-1 "Which price was named?"
//
// It signs in as a local user, whom it signs up at its first run.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

func main() {
	outputs := flag.String("outputs", ".local/outputs.json", "what the running fleet has written")
	inbox := flag.String("inbox", "http://localhost:8025", "the fleet's inbox, for the first sign-up")
	bot := flag.String("bot", "", "the call that the question is about")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *outputs, *inbox, *bot, strings.Join(flag.Args(), " ")); err != nil {
		fmt.Fprintln(os.Stderr, "ask:", err)
		os.Exit(1)
	}
}

// fleet is the part of outputs.json that a client needs.
type fleet struct {
	Auth struct {
		ClientID string `json:"UserPoolClientId"`
		Domain   string `json:"UserPoolDomain"`
	} `json:"AuthStack"`
	API struct {
		URL string `json:"ApiUrl"`
	} `json:"ApiStack"`
}

func run(ctx context.Context, outputs, inbox, bot, question string) error {
	if strings.TrimSpace(question) == "" {
		return errors.New(`say what to ask: go tool task ask -- "What is churn?"`)
	}
	text, err := os.ReadFile(outputs)
	if err != nil {
		return fmt.Errorf("the fleet has not run yet; start it with `go tool task dev`: %w", err)
	}
	var f fleet
	if err := json.Unmarshal(text, &f); err != nil {
		return fmt.Errorf("read %s: %w", outputs, err)
	}
	began := time.Now()
	token, err := user{pool: f.Auth.Domain, client: f.Auth.ClientID, inbox: inbox}.signIn(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "signed in as %s in %d ms\n\n", email, time.Since(began).Milliseconds())
	return ask(ctx, os.Stdout, os.Stderr, f.API.URL, token, bot, question)
}

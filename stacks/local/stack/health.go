package stack

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/stacks/local/edge"
)

// patience is how long a part may take to answer before it counts as down.
const patience = 2 * time.Second

// health asks every part whether it works, side by side.
func (s *Stack) health(ctx context.Context) []edge.Part {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	checks := map[string]func(context.Context) error{
		"cognito":   s.answers(awsPort, jwksPath),
		"dynamodb":  s.database,
		"functions": s.functions,
	}
	for name := range s.listeners {
		if name != edgePort { // that one is answering right now
			checks[name] = s.answers(name, "/")
		}
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var parts []edge.Part
	for name, check := range checks {
		wg.Go(func() {
			err := check(ctx)
			mu.Lock()
			defer mu.Unlock()
			parts = append(parts, edge.Part{Name: name, Err: err})
		})
	}
	wg.Wait()
	slices.SortFunc(parts, func(a, b edge.Part) int { return strings.Compare(a.Name, b.Name) })
	return parts
}

// answers checks that a port answers a request, whatever it answers.
func (s *Stack) answers(name, path string) func(context.Context) error {
	return func(ctx context.Context) error {
		req, err := http.NewRequestWithContext(ctx, http.MethodHead, s.inner(name)+path, nil)
		if err != nil {
			return err
		}
		resp, err := s.client.Do(req)
		if err != nil {
			return fmt.Errorf("%s does not answer: %w", name, err)
		}
		if resp.StatusCode >= http.StatusInternalServerError {
			err = fmt.Errorf("%s answers %s", name, resp.Status)
		}
		_ = resp.Body.Close()
		return err
	}
}

func (s *Stack) database(ctx context.Context) error {
	client := dynamotest.NewClient(s.engine.URL)
	if _, err := client.ListTables(ctx, &dynamodb.ListTablesInput{}); err != nil {
		return fmt.Errorf("%s does not answer: %w", s.engine.Name, err)
	}
	return nil
}

// functions checks that the host has every function of the plan.
func (s *Stack) functions(context.Context) error {
	if have, want := len(s.Host.Pools()), len(s.plan.Functions); have != want {
		return fmt.Errorf("%d of %d functions are in service", have, want)
	}
	return nil
}

func now() time.Time { return time.Now() }

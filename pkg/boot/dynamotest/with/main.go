// Command with runs a command while a DynamoDB engine runs beside it, and tells
// the command where by DYNAMODB_TEST_ENDPOINT:
//
//	go run ./pkg/boot/dynamotest/with -java -- go test -race ./...
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"callanalyst/pkg/boot/dynamotest"
)

func main() {
	java := flag.Bool("java", false, "run Amazon's DynamoDB Local, which needs Java 17, instead of dynoxide")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := with(ctx, *java, flag.Args())
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit):
		os.Exit(exit.ExitCode())
	case err != nil:
		fmt.Fprintln(os.Stderr, "with:", err)
		os.Exit(1)
	}
}

func with(ctx context.Context, java bool, command []string) error {
	if len(command) == 0 {
		return errors.New("say which command to run, after --")
	}
	root, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the repository's root: %w", err)
	}
	engine, err := dynamotest.Run(ctx, dynamotest.Options{Root: root, Java: java})
	if err != nil {
		return err
	}
	defer engine.Stop()
	fmt.Fprintf(os.Stderr, "%s answers on %s\n", engine.Name, engine.URL)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), dynamotest.EndpointSetting+"="+engine.URL)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}

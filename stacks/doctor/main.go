// Command doctor looks at what a deploy made. `doctor aws` compares the live user
// pool with the stack and prints the difference and its fix; `doctor outputs`
// writes what the app needs to know; `doctor account` shows who is about to
// change the stage.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"callanalyst/stacks/aws/stage"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "doctor:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("say what to do: aws, outputs or account, e.g. go tool task doctor -- aws")

func run(ctx context.Context, w io.Writer, args []string) error {
	flags := flag.NewFlagSet("doctor", flag.ContinueOnError)
	name := flags.String("stage", "dev", "the stage of cdk.json")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errUsage
	}
	s, err := stage.Read("cdk.json", *name)
	if err != nil {
		return err
	}
	if flags.Arg(0) == "account" {
		return account(ctx, w, s)
	}
	made, err := readOutputs(".", s)
	if err != nil {
		return err
	}
	switch flags.Arg(0) {
	case "aws":
		return examine(ctx, w, s, made)
	case "outputs":
		cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(s.Region))
		if err != nil {
			return fmt.Errorf("load the configuration: %w", err)
		}
		// As every tool of AWS, it follows AWS_ENDPOINT_URL.
		endpoint := cmp.Or(aws.ToString(cfg.BaseEndpoint), "https://cognito-idp."+s.Region+".amazonaws.com")
		return writeOutputs(ctx, w, ".", s, made, endpoint, &http.Client{Timeout: 10 * time.Second})
	}
	return errUsage
}

// examine compares the live pool and client with the template that the last
// synthesis wrote.
func examine(ctx context.Context, w io.Writer, s stage.Stage, made outputs) error {
	want, err := readTemplate("cdk.out", s)
	if err != nil {
		return err
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(s.Region))
	if err != nil {
		return fmt.Errorf("load the credentials: %w", err)
	}
	auth := made[s.StackName("AuthStack")]
	live, err := describe(ctx, cognitoidentityprovider.NewFromConfig(cfg), auth["UserPoolId"], auth["UserPoolClientId"])
	if err != nil {
		return err
	}
	return report(w, compare(want, live))
}

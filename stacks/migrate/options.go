package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"callanalyst/pkg/migration/backfill"
)

// jobs are all there are, in the order in which they are run.
func jobs() []string { return []string{"users", "plans", "profiles"} }

// function names the function that has the job.
func function(job string) string {
	if job == "profiles" {
		return "profile-sync"
	}
	return "entitlement-backfill"
}

// options are the command line's.
type options struct {
	jobs     []string
	dry      bool
	restart  bool
	local    bool
	endpoint string
	region   string
	prefix   string
	seconds  int
	rate     int
	state    string
}

func parse(args []string, w io.Writer) (options, error) {
	var o options
	f := flag.NewFlagSet("migrate", flag.ContinueOnError)
	f.SetOutput(w)
	f.BoolVar(&o.dry, "dry-run", false, "write nothing, only count")
	f.BoolVar(&o.restart, "restart", false, "begin anew instead of where the last run stopped")
	f.BoolVar(&o.local, "local", false, "the fleet on this machine, at http://localhost:4566")
	f.StringVar(&o.endpoint, "endpoint", "", "another address of the Lambda API")
	f.StringVar(&o.region, "region", "", "the AWS region; your configuration's, else us-east-2")
	f.StringVar(&o.prefix, "prefix", "", "what stands before the functions' names")
	f.IntVar(&o.seconds, "seconds", 15, "how long one slice takes")
	f.IntVar(&o.rate, "stripe-per-second", 20, "calls a second to Stripe, which allows 100 for everything the account does")
	f.StringVar(&o.state, "state", ".local/migrate", "the folder for cursors and reports")
	f.Usage = func() {
		_, _ = fmt.Fprintf(w, "usage: go tool task migrate -- [flags] %s | all\n\n", strings.Join(jobs(), " | "))
		f.PrintDefaults()
	}
	if err := f.Parse(args); err != nil {
		return o, err
	}
	return o, o.choose(f.Args())
}

// choose reads the jobs' names.
func (o *options) choose(names []string) error {
	if slices.Equal(names, []string{"all"}) {
		o.jobs = jobs()
		return o.check()
	}
	if len(names) == 0 {
		return fmt.Errorf("say what to run: %s or all (-h shows more)", strings.Join(jobs(), ", "))
	}
	for _, name := range names {
		if !slices.Contains(jobs(), name) {
			return fmt.Errorf("there is no job %q; there are %s and all. Flags stand before the job", name, strings.Join(jobs(), ", "))
		}
	}
	o.jobs = names
	return o.check()
}

func (o *options) check() error {
	if o.seconds < 1 || o.seconds > 240 {
		return errors.New("-seconds must be from 1 to 240: a function may run for five minutes")
	}
	if o.rate < 1 || o.rate > 100 {
		return errors.New("-stripe-per-second must be from 1 to 100, which is all that Stripe allows")
	}
	if o.local {
		o.endpoint = cmp.Or(o.endpoint, "http://localhost:4566")
	}
	return nil
}

// request is one slice.
func (o options) request(job, cursor string) backfill.Request {
	return backfill.Request{Job: job, Cursor: cursor, DryRun: o.dry, Seconds: o.seconds, StripePerSecond: o.rate}
}

// name is the state file's: one for each job and each place it runs at, so that
// a cursor never goes to another one.
func (o options) name(job string) string {
	parts := []string{job}
	if u, err := url.Parse(o.endpoint); err == nil && u.Host != "" {
		parts = append(parts, strings.ReplaceAll(u.Host, ":", "-"))
	} else {
		parts = append(parts, cmp.Or(o.region, "aws"))
	}
	if o.prefix != "" {
		parts = append(parts, strings.Trim(o.prefix, "-"))
	}
	if o.dry {
		parts = append(parts, "dry-run")
	}
	return strings.Join(parts, "-")
}

// lambda returns the way to the functions: with the operator's own credentials,
// or to this machine's fleet, which takes any.
func (o options) lambda(ctx context.Context) (*lambda, error) {
	if o.local {
		return &lambda{
			http: httpClient(), endpoint: o.endpoint, region: cmp.Or(o.region, "us-east-2"), prefix: o.prefix, now: time.Now,
			credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
		}, nil
	}
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(o.region))
	if err != nil {
		return nil, fmt.Errorf("read the AWS configuration: %w", err)
	}
	region := cmp.Or(cfg.Region, "us-east-2")
	endpoint := cmp.Or(o.endpoint, aws.ToString(cfg.BaseEndpoint), "https://lambda."+region+".amazonaws.com")
	return &lambda{http: httpClient(), endpoint: endpoint, region: region, prefix: o.prefix, credentials: cfg.Credentials, now: time.Now}, nil
}

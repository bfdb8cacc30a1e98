// Command mailpreview shows every mail of the fleet in the browser, in a light
// and a dark mail program, wide and on a phone, and as plain text:
//
//	go tool task mail:preview
//
// It sends nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"callanalyst/pkg/mail"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mail:preview:", err)
		os.Exit(1)
	}
}

// run serves the page until ctx ends.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("mail:preview", flag.ContinueOnError)
	port := flags.String("port", "8026", "the port on 127.0.0.1; 0 takes a free one")
	if err := flags.Parse(args); err != nil {
		return err
	}
	pages, err := mail.NewPages("https://callanalyst.app")
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", *port))
	if err != nil {
		return fmt.Errorf("%w: another port is chosen by -port", err)
	}
	_, _ = fmt.Fprintf(out, "Every mail, as its reader sees it: http://%s\nCtrl-C ends it.\n", listener.Addr())
	return serve(ctx, listener, newPreview(pages))
}

// serve answers until ctx ends.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	soon, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if err := server.Shutdown(soon); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

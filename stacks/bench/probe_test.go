package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/lambda"
)

// TestMain makes the test binary a function where it is run as one.
func TestMain(m *testing.M) {
	switch os.Getenv("BEHAVIOUR") {
	case "echo":
		lambda.Start(func(in json.RawMessage) (json.RawMessage, error) { return in, nil })
	case "fail":
		lambda.Start(func() error { return errors.New("out of cheese") })
	case "exit":
		println("cannot start")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func self(t *testing.T, behaviour string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), binary)
	cmd.Env = []string{"BEHAVIOUR=" + behaviour}
	return cmd
}

func TestMeasureReadsAProcess(t *testing.T) {
	t.Parallel()
	events := [][]byte{[]byte(`{"n":1}`), []byte(`{"n":2}`), []byte(`{"n":3}`)}
	var answers []string
	r, err := measure(t.Context(), self(t, "echo"), events, func(a string) error {
		answers = append(answers, a)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(answers, ""); got != `{"n":1}{"n":2}{"n":3}` {
		t.Errorf("the answers are %s, want the events in order", got)
	}
	if len(r.took) != 3 || r.first < r.took[0] {
		t.Errorf("reading = %+v, want three times and a first answer that took longer than its event", r)
	}
	if runtime.GOOS == "linux" && (r.initial <= 0 || r.cold <= 0 || r.warm <= 0 || r.memory < 1<<20) {
		t.Errorf("reading = %+v, want processor time and memory", r)
	}
}

func TestMeasureTellsWhyThereIsNothingToRead(t *testing.T) {
	t.Parallel()
	fine := func(string) error { return nil }
	tests := []struct {
		behaviour string
		check     func(string) error
		want      string
	}{
		{"fail", fine, "out of cheese"},
		{"exit", fine, "cannot start"},
		{"echo", good, "statusCode"},
	}
	for _, tt := range tests {
		_, err := measure(t.Context(), self(t, tt.behaviour), [][]byte{[]byte(`{"statusCode":401}`)}, tt.check)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("measure of a function that does %s = %v, want an error with %q", tt.behaviour, err, tt.want)
		}
	}
}

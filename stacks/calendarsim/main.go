// Command calendarsim runs a simulated working day of connected calendars through
// the code that decides when each is looked at: pace.Next, pace.Share, pace.Retry
// and poll.Lane are the fleet's own. Google is modelled by its quota of a minute,
// its latency and its errors, people by a random calendar each.
//
//	go run ./stacks/calendarsim -- 100000
package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "calendarsim:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("say how many connections: go run ./stacks/calendarsim -- 100000 [looks a day] [looks a minute]")

func run(args []string) error {
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	if len(args) == 0 || len(args) > 3 {
		return errUsage
	}
	numbers := []int{0, 1_000_000, 10_000} // Google's own quota
	for i, text := range args {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errUsage
		}
		numbers[i] = n
	}
	d := newDay(numbers[0], numbers[1], numbers[2])
	d.run()
	d.print(os.Stdout)
	return nil
}

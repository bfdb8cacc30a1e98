// Command cost prints what a month of the fleet costs for a number of monthly
// active users, line by line, with the formula and the unit price of each. Both
// are in prices.json; numbers that follow from the manifest come from there.
package main

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"

	"callanalyst/pkg/fleet"
)

//go:embed prices.json
var prices []byte

// sheet is prices.json.
type sheet struct {
	AsOf    string           `json:"as_of"`
	Region  string           `json:"region"`
	Note    string           `json:"note"`
	PerUser map[string]usage `json:"per_user"`
	Lines   []line           `json:"lines"`
}

// usage is what one active user does in a month.
type usage struct {
	Value float64 `json:"value"`
	Means string  `json:"means"`
}

// line is one thing that costs. Outside marks what is not AWS.
type line struct {
	Service string  `json:"service"`
	Each    string  `json:"each"`
	Price   float64 `json:"price"`
	Formula string  `json:"formula"`
	Seed    string  `json:"seed"`
	Outside bool    `json:"outside"`
	Source  string  `json:"source"`
}

func main() {
	if err := run(os.Stdout, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "cost:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, args []string) error {
	users, err := number(args)
	if err != nil {
		return err
	}
	s, err := readSheet(prices)
	if err != nil {
		return err
	}
	names := s.names(users)
	amounts := make([]float64, len(s.Lines))
	for i, l := range s.Lines {
		units, err := evaluate(l.Formula, names)
		if err != nil {
			return fmt.Errorf("%s: %w", l.Service, err)
		}
		amounts[i] = units * l.Price
	}
	return s.print(w, users, amounts)
}

func number(args []string) (float64, error) {
	if len(args) != 1 {
		return 0, fmt.Errorf("how many monthly active users? e.g. go tool task cost -- 100000")
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(args[0], ",", ""), 64)
	if err != nil || n < 0 || n > 1e9 {
		return 0, fmt.Errorf("%q is not a number of users", args[0])
	}
	return n, nil
}

func readSheet(text []byte) (sheet, error) {
	var s sheet
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("read prices.json: %w", err)
	}
	return s, nil
}

// names are what a formula may name: the users, what each does, and the size of
// the fleet.
func (s sheet) names(users float64) map[string]float64 {
	out := map[string]float64{
		"users": users, "functions": float64(len(fleet.Functions())),
		"queues": float64(len(fleet.Queues())), "secrets": float64(len(fleet.Secrets())),
	}
	for name, u := range s.PerUser {
		out[name] = u.Value
	}
	return out
}

func (s sheet) print(w io.Writer, users float64, amounts []float64) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "A month with %.0f active users, %s, prices of %s\n\n", users, s.Region, s.AsOf)
	fmt.Fprintln(t, "service\t$/month\tthe plan, at 100k\tunit price\tunits")
	var aws, outside float64
	for i, l := range s.Lines {
		if l.Outside {
			outside += amounts[i]
		} else {
			aws += amounts[i]
		}
		fmt.Fprintf(t, "%s\t%.2f\t%s\t$%g a %s\t%s\n", l.Service, amounts[i], l.Seed, l.Price, l.Each, l.Formula)
	}
	fmt.Fprintf(t, "\nAWS\t%.2f\t~$1,370-1,440\n", aws)
	fmt.Fprintf(t, "models and notetaker\t%.2f\tnot counted\n", outside)
	fmt.Fprintf(t, "all\t%.2f\t\n\n%s\n", aws+outside, s.Note)
	return t.Flush()
}

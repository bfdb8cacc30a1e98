package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestFormulas(t *testing.T) {
	t.Parallel()
	names := map[string]float64{"users": 100000, "mails": 2}
	for _, tt := range []struct {
		formula string
		want    float64
		wrong   string
	}{
		{formula: "max(users - 10000, 0)", want: 90000},
		{formula: "users * mails / 1000", want: 200},
		{formula: "1 + 2 * (3 - 1)", want: 5},
		{formula: "0.5", want: 0.5},
		{formula: "people * 2", wrong: "people"},
		{formula: "1 / 0", wrong: "zero"},
		{formula: "1 +", wrong: "expected"},
		{formula: "min(1, 2)", wrong: "max"},
		{formula: "max(1)", wrong: "max"},
		{formula: "1 % 2", wrong: "arithmetic"},
		{formula: `"1"`, wrong: "1"},
		{formula: "-1", wrong: "arithmetic"},
	} {
		got, err := evaluate(tt.formula, names)
		switch {
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("evaluate(%q) error = %v, want one with %q", tt.formula, err, tt.wrong)
		case tt.wrong == "" && (err != nil || got != tt.want):
			t.Errorf("evaluate(%q) = %v, %v, want %v", tt.formula, got, err, tt.want)
		}
	}
}

// TestTheBillAddsUp holds the sums to the lines, and the lines to the plan's
// figures where it has one.
func TestTheBillAddsUp(t *testing.T) {
	t.Parallel()
	s, err := readSheet(prices)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range s.Lines {
		if l.Price <= 0 || l.Each == "" || l.Source == "" || l.Seed == "" {
			t.Errorf("%s lacks a price, a unit, a source or the plan's figure: %+v", l.Service, l)
		}
		small, err := evaluate(l.Formula, s.names(1000))
		if err != nil {
			t.Errorf("%s: %v", l.Service, err)
		}
		if large, _ := evaluate(l.Formula, s.names(1000000)); large < small {
			t.Errorf("%s costs less for more users: %s", l.Service, l.Formula)
		}
	}
	var out bytes.Buffer
	if err := run(&out, []string{"100,000"}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Cognito Essentials", "1350.00", "~$1,350", "API Gateway REST", "models and notetaker"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the bill lacks %q:\n%s", want, out.String())
		}
	}
}

func TestAWrongNumberOfUsersIsRefused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{nil, {"many"}, {"-5"}, {"1", "2"}, {"1e12"}} {
		if err := run(&bytes.Buffer{}, args); err == nil {
			t.Errorf("run(%q) prints a bill", args)
		}
	}
}

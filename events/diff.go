package main

import "strings"

// around is how many equal lines are shown beside each difference.
const around = 3

// diffLines returns the lines that differ between two texts, marked - for what
// was expected and + for what came, with a few equal ones around them. Equal
// texts have no difference, which is "".
func diffLines(want, got string) string {
	if want == got {
		return ""
	}
	lines := edits(splitLines(want), splitLines(got))
	near := make([]bool, len(lines))
	for i, l := range lines {
		if l[0] == ' ' {
			continue
		}
		for j := max(0, i-around); j <= min(len(lines)-1, i+around); j++ {
			near[j] = true
		}
	}
	var b strings.Builder
	for i, l := range lines {
		switch {
		case near[i]:
			b.WriteString(l + "\n")
		case i > 0 && near[i-1]:
			b.WriteString("  …\n")
		}
	}
	return b.String()
}

func splitLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// edits lists all lines of both texts, each behind "  ", "- " or "+ ", with as
// many of the first kind as there can be.
func edits(a, b []string) []string {
	common := table(a, b)
	var out []string
	i, j := 0, 0
	for i < len(a) && j < len(b) {
		switch {
		case a[i] == b[j]:
			out = append(out, "  "+a[i])
			i, j = i+1, j+1
		case common[i+1][j] >= common[i][j+1]:
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	for ; i < len(a); i++ {
		out = append(out, "- "+a[i])
	}
	for ; j < len(b); j++ {
		out = append(out, "+ "+b[j])
	}
	return out
}

// table counts the lines that the tails of a and b have in common.
func table(a, b []string) [][]int {
	t := make([][]int, len(a)+1)
	for i := range t {
		t[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				t[i][j] = t[i+1][j+1] + 1
			} else {
				t[i][j] = max(t[i+1][j], t[i][j+1])
			}
		}
	}
	return t
}

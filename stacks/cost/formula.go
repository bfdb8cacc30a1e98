package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
)

// evaluate computes a formula of prices.json: numbers, names, + - * /, brackets
// and max(a, b). It has Go's grammar, so Go's own parser reads it.
func evaluate(formula string, names map[string]float64) (float64, error) {
	expr, err := parser.ParseExpr(formula)
	if err != nil {
		return 0, fmt.Errorf("formula %q: %w", formula, err)
	}
	v, err := value(expr, names)
	if err != nil {
		return 0, fmt.Errorf("formula %q: %w", formula, err)
	}
	return v, nil
}

func value(expr ast.Expr, names map[string]float64) (float64, error) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		return strconv.ParseFloat(e.Value, 64)
	case *ast.ParenExpr:
		return value(e.X, names)
	case *ast.Ident:
		if v, ok := names[e.Name]; ok {
			return v, nil
		}
		return 0, fmt.Errorf("nothing is called %s", e.Name)
	case *ast.BinaryExpr:
		return binary(e, names)
	case *ast.CallExpr:
		return call(e, names)
	}
	return 0, fmt.Errorf("%T is not arithmetic", expr)
}

func binary(e *ast.BinaryExpr, names map[string]float64) (float64, error) {
	x, err := value(e.X, names)
	if err != nil {
		return 0, err
	}
	y, err := value(e.Y, names)
	if err != nil {
		return 0, err
	}
	switch e.Op {
	case token.ADD:
		return x + y, nil
	case token.SUB:
		return x - y, nil
	case token.MUL:
		return x * y, nil
	case token.QUO:
		if y == 0 {
			return 0, fmt.Errorf("divides by zero")
		}
		return x / y, nil
	}
	return 0, fmt.Errorf("%s is not arithmetic", e.Op)
}

func call(e *ast.CallExpr, names map[string]float64) (float64, error) {
	if name, ok := e.Fun.(*ast.Ident); !ok || name.Name != "max" || len(e.Args) != 2 {
		return 0, fmt.Errorf("the only function is max(a, b)")
	}
	x, err := value(e.Args[0], names)
	if err != nil {
		return 0, err
	}
	y, err := value(e.Args[1], names)
	if err != nil {
		return 0, err
	}
	return max(x, y), nil
}

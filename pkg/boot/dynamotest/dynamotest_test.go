package dynamotest_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"callanalyst/pkg/boot/dynamotest"
	"callanalyst/pkg/fleet"
)

func TestNewHoldsEveryTableOfTheFleet(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	for _, want := range fleet.Tables() {
		out, err := db.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: new(db.Table(want.Name))})
		if err != nil {
			t.Fatalf("DescribeTable(%s): %v", want.Name, err)
		}
		var hash string
		for _, k := range out.Table.KeySchema {
			if k.KeyType == "HASH" {
				hash = *k.AttributeName
			}
		}
		if hash != want.Hash.Name {
			t.Errorf("%s has hash key %q, want %q", want.Name, hash, want.Hash.Name)
		}
		var got []string
		for _, i := range out.Table.GlobalSecondaryIndexes {
			got = append(got, *i.IndexName)
		}
		var names []string
		for _, i := range want.Indexes {
			names = append(names, i.Name)
		}
		slices.Sort(got)
		slices.Sort(names)
		if !slices.Equal(got, names) {
			t.Errorf("%s has indexes %q, want %q", want.Name, got, names)
		}
	}
}

func TestCreateTablesTwiceIsFine(t *testing.T) {
	t.Parallel()
	db := dynamotest.New(t)
	if err := dynamotest.CreateTables(t.Context(), db.Client, ""); err != nil {
		t.Errorf("CreateTables a second time: %v", err)
	}
}

func TestRunWithoutAnEngineSaysWhatToDo(t *testing.T) {
	t.Parallel()
	_, err := dynamotest.Run(context.Background(), dynamotest.Options{Root: t.TempDir()})
	if !errors.Is(err, dynamotest.ErrNoEngine) {
		t.Errorf("Run in an empty folder = %v, want ErrNoEngine", err)
	}
}

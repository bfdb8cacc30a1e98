package cognitotest_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// localStart is cognito-local's program, seen from this folder.
const localStart = "../../../node_modules/cognito-local/lib/bin/start.js"

// localCode is the code that cognito-local is told to send.
const localCode = "123456"

// TestContractCognitoLocal runs the contract on code that is not ours, so that
// the stand-in is not its own judge. Without the engine it says so; where
// REQUIRE_ENGINES=1 it fails.
func TestContractCognitoLocal(t *testing.T) {
	program, err := filepath.Abs(localStart)
	if err == nil {
		_, err = os.Stat(program)
	}
	node, missing := exec.LookPath("node")
	if err != nil || missing != nil {
		if os.Getenv("REQUIRE_ENGINES") == "1" {
			t.Fatalf("cognito-local is required and not installed (%v, %v): run npm ci at the repository's root", err, missing)
		}
		t.Logf("cognito-local is not installed (%v, %v): run npm ci at the repository's root", err, missing)
		return
	}
	client := sdk(startLocal(t, node, program), nil)
	e := &engine{
		Client:   client,
		code:     func(*testing.T, string) string { return localCode },
		deviates: func(c contractCase) deviation { return c.local },
	}
	e.poolID, e.clientID = createLocalPool(t, client)
	runContract(t, e)
}

// startLocal runs the program in a folder of its own on a free port, and returns
// its address when it listens.
func startLocal(t *testing.T, node, program string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), node, program)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), "HOST=127.0.0.1", "PORT=0", "CODE="+localCode)
	out, err := cmd.StdoutPipe()
	ok(t, "pipe cognito-local's output", err)
	cmd.Stderr = cmd.Stdout
	ok(t, "start cognito-local", cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	listening := regexp.MustCompile(`running on (http://[0-9.:]+)`)
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				found <- m[1]
			}
		}
		close(found)
	}()
	url, started := <-found
	if !started {
		t.Fatal("cognito-local ended before it listened")
	}
	return url
}

// createLocalPool makes a pool of our pool's shape.
func createLocalPool(t *testing.T, client *cip.Client) (poolID, clientID string) {
	t.Helper()
	pool, err := client.CreateUserPool(t.Context(), &cip.CreateUserPoolInput{
		PoolName: aws.String("contract"), UsernameAttributes: []types.UsernameAttributeType{types.UsernameAttributeTypeEmail},
		AutoVerifiedAttributes: []types.VerifiedAttributeType{types.VerifiedAttributeTypeEmail},
		MfaConfiguration:       types.UserPoolMfaTypeOptional,
		Schema: []types.SchemaAttributeType{
			{Name: aws.String("tos_version"), AttributeDataType: types.AttributeDataTypeString, Mutable: aws.Bool(true)},
		},
		Policies: &types.UserPoolPolicyType{PasswordPolicy: &types.PasswordPolicyType{
			MinimumLength: aws.Int32(12), RequireUppercase: true, RequireLowercase: true, RequireNumbers: true, RequireSymbols: true,
		}},
	})
	ok(t, "CreateUserPool", err)
	app, err := client.CreateUserPoolClient(t.Context(), &cip.CreateUserPoolClientInput{
		UserPoolId: pool.UserPool.Id, ClientName: aws.String("web"), WriteAttributes: []string{"email", "name"},
		PreventUserExistenceErrors: types.PreventUserExistenceErrorTypesEnabled,
	})
	ok(t, "CreateUserPoolClient", err)
	return *pool.UserPool.Id, *app.UserPoolClient.ClientId
}

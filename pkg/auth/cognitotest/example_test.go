package cognitotest_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"github.com/aws/aws-sdk-go-v2/aws"
	cip "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"

	"callanalyst/pkg/auth/cognitotest"
)

// A test mounts the pool, lets its own client talk to it, and reads the code
// where Cognito would have mailed it.
func ExampleServer() {
	set := sharedKeys()
	code := ""
	pool, err := cognitotest.New(cognitotest.Config{
		Keys:    &set,
		Deliver: func(m cognitotest.Message) { code = m.Code },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	server := httptest.NewServer(pool)
	defer server.Close()

	ctx, client := context.Background(), sdk(server.URL, nil)
	id, name, secret := aws.String(pool.Config().ClientID), aws.String("ada@example.com"), aws.String("Correct-Horse-9")
	if _, err := client.SignUp(ctx, &cip.SignUpInput{ClientId: id, Username: name, Password: secret}); err != nil {
		fmt.Println(err)
	}
	if _, err := client.ConfirmSignUp(ctx, &cip.ConfirmSignUpInput{ClientId: id, Username: name, ConfirmationCode: &code}); err != nil {
		fmt.Println(err)
	}
	user, _ := pool.User("ada@example.com")
	fmt.Println(user.Status, user.Attributes["email_verified"])
	// Output: CONFIRMED true
}

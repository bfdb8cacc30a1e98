package onboard

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	cognito "github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider"
	"github.com/aws/aws-sdk-go-v2/service/cognitoidentityprovider/types"
)

// Mirror writes the customer's id into the user's attributes in Cognito.
type Mirror struct {
	Cognito interface {
		AdminUpdateUserAttributes(context.Context, *cognito.AdminUpdateUserAttributesInput, ...func(*cognito.Options)) (*cognito.AdminUpdateUserAttributesOutput, error)
	}
}

// Set stores the id with the user of the pool. Setting it again changes nothing.
func (m Mirror) Set(ctx context.Context, poolID, username, customerID string) error {
	_, err := m.Cognito.AdminUpdateUserAttributes(ctx, &cognito.AdminUpdateUserAttributesInput{
		UserPoolId: &poolID, Username: &username,
		UserAttributes: []types.AttributeType{{Name: aws.String(customerAttribute), Value: &customerID}},
	})
	if err != nil {
		return fmt.Errorf("onboard: mirror %s: %w", customerID, err)
	}
	return nil
}

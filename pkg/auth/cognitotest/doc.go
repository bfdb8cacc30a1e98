// Package cognitotest is an Amazon Cognito user pool that runs in a process: an
// http.Handler with state and a clock that answers the API, the hosted pages and
// the key documents as Cognito does where a backend or a browser touches them.
//
// It holds one pool with one public app client, set up as Call Analyst's: people
// sign in with an e-mail address, the user name is a generated UUID, the client
// may write only email and name, and unknown users are not revealed. Errors carry
// Cognito's names and messages. Triggers fire in Cognito's order, with its limits
// and retries.
//
// Mount a Server anywhere a handler goes. It is safe for concurrent use.
package cognitotest

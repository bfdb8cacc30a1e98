// Package journey drives a whole local fleet as people and their browsers do:
// they sign up, read their mail, sign in, enrol a second factor, lose passwords
// and meet every trouble on the way. The client is amazon-cognito-identity-js
// and the judge of tokens aws-jwt-verify; neither is ours. There is no code here
// but tests.
package journey

// Package awstest stands in for the small AWS services the fleet calls: KMS,
// SES v2, SNS, SQS and Secrets Manager.
//
// Each service is a value with state, an injected clock and Go methods named
// after AWS's operations; each is also an http.Handler that speaks the wire
// protocol of today's SDKs. Endpoint puts them behind one address, as an SDK
// expects of AWS_ENDPOINT_URL. They answer as the real services do where it
// hurts: error codes and words, encryption context, visibility timeouts,
// unverified senders, suppressed recipients, throttling.
//
// Nothing here is a security boundary: requests are not authenticated and key
// material follows from Config.Seed.
package awstest

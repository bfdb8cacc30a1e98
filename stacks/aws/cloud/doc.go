// Package cloud is the fleet on AWS: five CDK stacks, and a sixth in us-east-1
// for what CloudFront wants there. Functions, routes, schedules, environments,
// permissions and alarms all follow from pkg/fleet; there is no code here for any
// one function.
//
//	DataStack  tables, queues, secrets, the calendar's key, the alarm topic
//	SesStack   the mail identity, configuration sets, bounce topic, code key
//	AuthStack  the user pool with its triggers, client, domain and providers
//	ApiStack   the REST API, schedules, workers, the dashboard
//	EdgeStack  CloudFront, the site's bucket, the geofence
//
// Each stack may use what stands above it, and nothing below.
package cloud

package main

// Prices of us-east-2 in dollars, and what one look uses of each: on arm64, in
// DynamoDB on demand. A row with ten meetings has 3 KB; the claim and the result
// write it and its entry in the index, a new meeting adds the notetaker's writes.
const (
	lambdaCall   = 0.20 / 1e6
	lambdaSecond = 0.0000133334 * 0.5 // 512 MB
	sqsCall      = 0.40 / 1e6
	readUnit     = 0.125 / 1e6
	writeUnit    = 0.625 / 1e6
	kmsCall      = 0.03 / 1e4

	batch     = 10.0 // jobs of an invocation, side by side
	batchWait = 0.75 // seconds of an invocation: the slowest of ten looks, and the tables
	pollWait  = 1.5  // seconds of a poll that is nearly idle
	perJob    = 1.0 / 6400
	writes    = 2*3 + 2*2 // the claim and the result: 3 KB each, and two entries of the index each
	reads     = 1.0       // 3 KB, consistently
	sqsPerJob = 3 * 1 / batch
	bot       = 40.0 // write units of a bot that is ordered: two transactions, books, notes
)

// printCost prints what the day costs. An access token lasts an hour, so nearly
// every look fetches one, and opens and seals tokens by KMS: two calls and the
// write that keeps it.
func (d *day) printCost(row func(name, format string, args ...any)) {
	looks, bots := float64(d.seen.looks), float64(d.seen.found+d.seen.late)
	seconds := looks/batch*batchWait + float64(d.seen.ticks)*pollWait + looks*perJob
	lambda := (looks/batch+float64(d.seen.ticks))*lambdaCall + seconds*lambdaSecond
	queue := looks * sqsPerJob * sqsCall
	table := looks*((writes+3)*writeUnit+reads*readUnit) + bots*bot*writeUnit
	keys := looks * 2 * kmsCall
	row("Lambda", "$%.2f a day", lambda)
	row("SQS", "$%.2f a day", queue)
	row("DynamoDB", "$%.2f a day, of which bots $%.2f", table, bots*bot*writeUnit)
	row("KMS", "$%.2f a day", keys)
	row("together", "$%.2f a day, %.2f cents a connection and month", lambda+queue+table+keys, 100*30*(lambda+queue+table+keys)/float64(d.n))
}

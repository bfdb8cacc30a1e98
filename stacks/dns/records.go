package main

import (
	"fmt"
	"strconv"
	"strings"

	"callanalyst/stacks/aws/stage"
)

// record is one DNS record. An empty value is not known before the first deploy.
type record struct {
	kind, name, value string
	priority          int // of an MX record
	purpose           string
}

// records are all that the stage needs. Mail is aligned twice: by DKIM strictly,
// and by SPF through the MAIL FROM subdomain, which can only align relaxed.
func records(s stage.Stage, made outputs) []record {
	mail := made[s.StackName("SesStack")]
	var out []record
	for i := 1; i <= 3; i++ {
		n := strconv.Itoa(i)
		name := mail["DkimName"+n]
		if name == "" {
			name = "<key " + n + ">._domainkey." + s.MailDomain
		}
		out = append(out, record{kind: "CNAME", name: name, value: mail["DkimValue"+n], purpose: "DKIM: SES signs as " + s.MailDomain})
	}
	from := "mail." + s.MailDomain
	out = append(out,
		record{kind: "MX", name: from, value: "feedback-smtp." + s.Region + ".amazonses.com", priority: 10, purpose: "bounces come back to SES"},
		record{kind: "TXT", name: from, value: "v=spf1 include:amazonses.com -all", purpose: "SPF of what SES sends"},
		record{kind: "TXT", name: "_dmarc." + s.MailDomain, purpose: "forged mail is refused",
			value: "v=DMARC1; p=quarantine; rua=mailto:dmarc@" + s.MailDomain + "; adkim=s; aspf=r"},
	)
	if s.Domain != "" {
		site := made[s.StackName("EdgeStack")]
		out = append(out, record{kind: "CNAME", name: s.Domain, value: site["DistributionDomain"], purpose: "the site, at CloudFront"})
	}
	return out
}

// shown is the value as a person enters it.
func (r record) shown() string {
	switch {
	case r.value == "":
		return "known after the first deploy"
	case r.kind == "MX":
		return fmt.Sprintf("%d %s", r.priority, r.value)
	}
	return r.value
}

// zoned is the value as a zone file has it.
func (r record) zoned() string {
	switch r.kind {
	case "TXT":
		return strconv.Quote(r.value)
	case "MX":
		return fmt.Sprintf("%d %s.", r.priority, r.value)
	}
	return strings.TrimSuffix(r.value, ".") + "."
}

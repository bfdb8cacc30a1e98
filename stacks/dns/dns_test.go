package main

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"callanalyst/stacks/aws/stage"
)

// zone answers for the records that it holds, by name.
type zone struct {
	cname map[string]string
	mx    map[string][]*net.MX
	txt   map[string][]string
}

var errNone = errors.New("no such host")

func (z zone) LookupCNAME(_ context.Context, host string) (string, error) {
	if v, ok := z.cname[host]; ok {
		return v, nil
	}
	return "", errNone
}

func (z zone) LookupMX(_ context.Context, name string) ([]*net.MX, error) {
	if v, ok := z.mx[name]; ok {
		return v, nil
	}
	return nil, errNone
}

func (z zone) LookupTXT(_ context.Context, name string) ([]string, error) {
	if v, ok := z.txt[name]; ok {
		return v, nil
	}
	return nil, errNone
}

var production = stage.Stage{Name: "prod", Region: "us-east-2", Domain: "callanalyst.app", MailDomain: "callanalyst.app"}

var deployed = outputs{
	"SesStack": {
		"DkimName1": "a._domainkey.callanalyst.app", "DkimValue1": "a.dkim.amazonses.com",
		"DkimName2": "b._domainkey.callanalyst.app", "DkimValue2": "b.dkim.amazonses.com",
		"DkimName3": "c._domainkey.callanalyst.app", "DkimValue3": "c.dkim.amazonses.com",
	},
	"EdgeStack": {"DistributionDomain": "d1.cloudfront.net"},
}

// correct is a zone as it should be.
func correct() zone {
	return zone{
		cname: map[string]string{
			"a._domainkey.callanalyst.app": "a.dkim.amazonses.com.", "b._domainkey.callanalyst.app": "b.dkim.amazonses.com.",
			"c._domainkey.callanalyst.app": "C.dkim.amazonses.com.", "callanalyst.app": "d1.cloudfront.net.",
		},
		mx: map[string][]*net.MX{"mail.callanalyst.app": {{Host: "feedback-smtp.us-east-2.amazonses.com.", Pref: 10}}},
		txt: map[string][]string{
			"mail.callanalyst.app":   {"v=spf1 include:amazonses.com -all"},
			"_dmarc.callanalyst.app": {"v=DMARC1; p=quarantine; rua=mailto:dmarc@callanalyst.app; adkim=s; aspf=r"},
		},
	}
}

func TestLiveRecordsAreCompared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		spoil func(zone)
		want  string // of the table; "" when all is well
	}{
		{"all is well", func(zone) {}, ""},
		{"another provider's TXT beside it", func(z zone) {
			z.txt["mail.callanalyst.app"] = append(z.txt["mail.callanalyst.app"], "site-verification=1")
		}, ""},
		{"a key is missing", func(z zone) { delete(z.cname, "b._domainkey.callanalyst.app") }, "want b.dkim.amazonses.com, found nothing"},
		{"the site points elsewhere", func(z zone) { z.cname["callanalyst.app"] = "x.netlify.app." }, "found x.netlify.app."},
		{"no bounces", func(z zone) { delete(z.mx, "mail.callanalyst.app") }, "feedback-smtp.us-east-2.amazonses.com, found nothing"},
		{"bounces go elsewhere", func(z zone) { z.mx["mail.callanalyst.app"][0].Host = "mx.example." }, "found mx.example."},
		{"two SPF records", func(z zone) {
			z.txt["mail.callanalyst.app"] = append(z.txt["mail.callanalyst.app"], "v=spf1 -all")
		}, "-all and v=spf1"},
		{"a DMARC that SPF cannot meet", func(z zone) {
			z.txt["_dmarc.callanalyst.app"] = []string{"v=DMARC1; p=quarantine; adkim=s; aspf=s"}
		}, "found v=DMARC1; p=quarantine; adkim=s; aspf=s"},
		{"no DMARC", func(z zone) { delete(z.txt, "_dmarc.callanalyst.app") }, "found nothing"},
	} {
		z := correct()
		tt.spoil(z)
		var out bytes.Buffer
		err := compare(t.Context(), &out, z, records(production, deployed))
		if (err != nil) != (tt.want != "") || !strings.Contains(out.String(), tt.want) {
			t.Errorf("%s: error = %v, want %q in\n%s", tt.name, err, tt.want, out.String())
		}
	}
}

func TestTheZoneCanBeImported(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := printZone(&out, records(production, deployed)); err != nil {
		t.Fatal(err)
	}
	want := "a._domainkey.callanalyst.app.\t300\tIN\tCNAME\ta.dkim.amazonses.com.\n" +
		"b._domainkey.callanalyst.app.\t300\tIN\tCNAME\tb.dkim.amazonses.com.\n" +
		"c._domainkey.callanalyst.app.\t300\tIN\tCNAME\tc.dkim.amazonses.com.\n" +
		"mail.callanalyst.app.\t300\tIN\tMX\t10 feedback-smtp.us-east-2.amazonses.com.\n" +
		"mail.callanalyst.app.\t300\tIN\tTXT\t\"v=spf1 include:amazonses.com -all\"\n" +
		"_dmarc.callanalyst.app.\t300\tIN\tTXT\t\"v=DMARC1; p=quarantine; rua=mailto:dmarc@callanalyst.app; adkim=s; aspf=r\"\n" +
		"callanalyst.app.\t300\tIN\tCNAME\td1.cloudfront.net.\n"
	if out.String() != want {
		t.Errorf("zone:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestBeforeTheFirstDeploySomeRecordsAreNotKnown(t *testing.T) {
	t.Parallel()
	var table, text bytes.Buffer
	early := records(production, outputs{})
	if err := errors.Join(printTable(&table, early), printZone(&text, early), compare(t.Context(), &text, correct(), early)); err != nil {
		t.Errorf("error = %v, want none for what is not known yet", err)
	}
	if n := strings.Count(table.String(), "known after the first deploy"); n != 4 {
		t.Errorf("%d values are not known, want three keys and the site:\n%s", n, table.String())
	}
	if strings.Contains(text.String(), "\t\"\"") || strings.Contains(text.String(), "CNAME\t.") {
		t.Errorf("the zone has an empty record:\n%s", text.String())
	}
}

package auth_test

import (
	"strings"
	"testing"

	"callanalyst/pkg/auth"
	"callanalyst/pkg/auth/authtest"
)

// TestForm holds every malformed token against the reason it is refused for.
// Whatever can be signed is signed by the pool, so only the row's own fault
// stands between the token and a Caller.
func TestForm(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	good := pool.Token(t, authtest.Sub)
	header, payload, signature := parts(good)
	claims := func(more string) string {
		return strings.TrimSuffix(decode(t, payload), "}") + more + "}"
	}
	signed := func(payload string) string { return pool.Sign(t, pool.Header(), payload) }

	refused(t, pool, []row{
		{name: "empty", token: "", want: auth.TokenMissing},
		{name: "one part", token: header, why: "not three"},
		{name: "two parts", token: header + "." + payload, why: "not three"},
		{name: "four parts", token: good + "." + signature, why: "not three"},
		{name: "five parts, as an encrypted token has", token: good + ".a.b", why: "not three"},
		{name: "three empty parts", token: "..", why: "header is not"},
		{name: "empty signature", token: header + "." + payload + ".", why: "signature does not match"},
		{name: "space in front", token: " " + good, why: "not three"},
		{name: "space behind", token: good + " ", why: "not three"},
		{name: "space within", token: header + " ." + payload + "." + signature, why: "not three"},
		{name: "line break in the signature", token: header + "." + payload + "." + signature[:8] + "\n" + signature[8:], why: "not three"},
		{name: "padded header", token: header + "=." + payload + "." + signature, why: "not three"},
		{name: "padded signature", token: good + "==", why: "not three"},
		{name: "standard base64 alphabet", token: header + "." + payload + ".+/" + signature[2:], why: "not three"},
		{name: "stray bits at the end of the signature", token: strayBits(good), why: "not three"},
		{name: "stray bits at the end of the header", token: strayBits(authtest.Encode(pool.Header()+" ")) + "." + payload + "." + signature, why: "not three"},
		{name: "header that is not JSON", token: pool.Sign(t, "kid", decode(t, payload)), why: "header is not"},
		{name: "header that is an array", token: pool.Sign(t, `["RS256"]`, decode(t, payload)), why: "header is not"},
		{name: "header with bad UTF-8", token: pool.Sign(t, strings.Replace(pool.Header(), "{", "{\"\xff\":1,", 1), decode(t, payload)), why: "header is not"},
		{name: "payload that is not JSON", token: signed("sub"), why: "not three"},
		{name: "payload that is an array", token: signed("[" + decode(t, payload) + "]"), why: "claims are malformed"},
		{name: "payload that is null", token: signed("null"), why: "claims are malformed"},
		{name: "payload that is text", token: signed(`"sub"`), why: "claims are malformed"},
		{name: "payload that is empty", token: signed(""), why: "not three"},
		{name: "payload with something behind it", token: signed(decode(t, payload) + "{}"), why: "not three"},
		{name: "payload with bad UTF-8", token: signed(claims(",\"x\":\"\xff\"")), why: "claims are malformed"},
		{name: "claim twice", token: signed(claims(`,"sub":"` + authtest.Sub + `"`)), why: "claims are malformed"},
		{name: "claim twice, once written with an escape", token: signed(claims(`,"s\u0075b":"` + authtest.Sub + `"`)), why: "claims are malformed"},
		{name: "more claims than anybody needs", token: signed(claims(manyMembers(100))), why: "claims are malformed"},
		{name: "nine kilobytes", token: signed(claims(`,"x":"` + strings.Repeat("x", 9<<10) + `"`)), why: "longer than 8 KB"},
		{name: "JSON serialization, flattened", token: `{"protected":"` + header + `","payload":"` + payload + `","signature":"` + signature + `"}`, why: "not three"},
		{name: "JSON serialization with two dots in it", token: `{"payload":"..","signature":"` + signature + `"}`, why: "not three"},
	})
}

// TestFormAccepts holds unusual but sound tokens against being refused.
func TestFormAccepts(t *testing.T) {
	t.Parallel()
	pool := frozen(t)
	v := pool.Verifier(t)
	tests := []struct{ name, header, extra string }{
		{name: "as Cognito writes it", header: pool.Header()},
		{name: "spaces and a type in the header", header: " { \"typ\" : \"JWT\", " + strings.TrimPrefix(pool.Header(), "{")},
		{name: "claims nested and quoted in every way", header: pool.Header(), extra: `, "a" : {"b":[1,{"c":"}]\",\\"}],"sub":"x"} ,"d":[ ] , "e\n":null`},
		{name: "a claim whose name differs in case alone", header: pool.Header(), extra: `,"SUB":"somebody else","Exp":1`},
		{name: "a hundred claims", header: pool.Header(), extra: manyMembers(100 - len(pool.Claims("")))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, payload, _ := parts(pool.Token(t, authtest.Sub))
			token := pool.Sign(t, tt.header, strings.TrimSuffix(decode(t, payload), "}")+tt.extra+"}")
			got, err := v.Verify(t.Context(), token)
			if err != nil || got.Sub != authtest.Sub {
				t.Errorf("Verify(header %s, extra claims %s) = %+v, %v, want sub %s", tt.header, tt.extra, got, err, authtest.Sub)
			}
		})
	}
}

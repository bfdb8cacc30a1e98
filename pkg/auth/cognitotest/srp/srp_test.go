package srp_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math/big"
	"os"
	"testing"

	"callanalyst/pkg/auth/cognitotest/srp"
)

// vector is one exchange with fixed private numbers, computed by an independent
// client library; see testdata/vectors.json for which.
type vector struct {
	Pool, User, Password, Salt, Verifier string
	PrivateA, PrivateB, PublicA, PublicB string
	SecretBlock, Timestamp, Signature    string
	Shape                                string
}

// vectors reads the file by exact names: "a" and "A" are different numbers.
func vectors(t *testing.T) []vector {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var doc struct{ Vectors []map[string]string }
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	var out []vector
	for _, m := range doc.Vectors {
		out = append(out, vector{
			Pool: m["pool"], User: m["user"], Password: m["password"], Salt: m["salt"], Verifier: m["verifier"],
			Timestamp: m["timestamp"], Signature: m["signature"], Shape: m["shape"],
			PrivateA: m["a"], PrivateB: m["b"], PublicA: m["A"], PublicB: m["B"], SecretBlock: m["secret_block"],
		})
	}
	return out
}

func (v vector) proof(t *testing.T) srp.Proof {
	t.Helper()
	return srp.Proof{Pool: v.Pool, User: v.User, SecretBlock: unbase64(t, v.SecretBlock), Timestamp: v.Timestamp}
}

func unbase64(t *testing.T, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sameNumber compares hexadecimal numbers; leading zeros do not count.
func sameNumber(a, b string) bool {
	x, okX := new(big.Int).SetString(a, 16)
	y, okY := new(big.Int).SetString(b, 16)
	return okX && okY && x.Cmp(y) == 0
}

func TestVectors(t *testing.T) {
	t.Parallel()
	all := vectors(t)
	if len(all) < 10 {
		t.Fatalf("%d vectors, want at least 10", len(all))
	}
	for _, v := range all {
		t.Run(v.Shape, func(t *testing.T) {
			t.Parallel()
			made, err := srp.NewVerifier(bytes.NewReader(unhex(t, v.Salt)), v.Pool, v.User, v.Password)
			if err != nil {
				t.Fatalf("NewVerifier: %v", err)
			}
			if !sameNumber(made.Value, v.Verifier) {
				t.Errorf("NewVerifier(%q) = %s, want %s", v.Password, made.Value, v.Verifier)
			}
			client, err := srp.NewClient(bytes.NewReader(unhex(t, v.PrivateA)))
			if err != nil {
				t.Fatalf("NewClient: %v", err)
			}
			if !sameNumber(client.A(), v.PublicA) {
				t.Errorf("A = %s, want %s", client.A(), v.PublicA)
			}
			server, err := srp.NewServer(bytes.NewReader(unhex(t, v.PrivateB)), made, v.PublicA)
			if err != nil {
				t.Fatalf("NewServer: %v", err)
			}
			if !sameNumber(server.B(), v.PublicB) {
				t.Errorf("B = %s, want %s", server.B(), v.PublicB)
			}
			if !server.Verify(v.proof(t), unbase64(t, v.Signature)) {
				t.Errorf("the server refuses the vector's signature %s", v.Signature)
			}
			signed, err := client.Sign(v.proof(t), v.Password, v.Salt, v.PublicB)
			if err != nil {
				t.Fatalf("Sign: %v", err)
			}
			if got := base64.StdEncoding.EncodeToString(signed); got != v.Signature {
				t.Errorf("Sign = %s, want %s", got, v.Signature)
			}
		})
	}
}

// exchange runs both halves and reports whether the server is convinced.
func exchange(t *testing.T, stored, typed string, change func(*srp.Proof)) bool {
	t.Helper()
	v, err := srp.NewVerifier(rand.Reader, "Pool", "ada", stored)
	if err != nil {
		t.Fatal(err)
	}
	client, err := srp.NewClient(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	server, err := srp.NewServer(rand.Reader, v, client.A())
	if err != nil {
		t.Fatal(err)
	}
	p := srp.Proof{Pool: "Pool", User: "ada", SecretBlock: []byte("block"), Timestamp: "Sat Nov 21 09:05:06 UTC 2026"}
	signature, err := client.Sign(p, typed, v.Salt, server.B())
	if err != nil {
		t.Fatal(err)
	}
	change(&p)
	return server.Verify(p, signature)
}

func TestExchange(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		typed  string
		change func(*srp.Proof)
		want   bool
	}{
		{name: "the right password convinces", typed: "secret", change: func(*srp.Proof) {}, want: true},
		{name: "another password does not", typed: "Secret", change: func(*srp.Proof) {}},
		{name: "an empty password does not", typed: "", change: func(*srp.Proof) {}},
		{name: "a proof for another pool does not", typed: "secret", change: func(p *srp.Proof) { p.Pool = "Pond" }},
		{name: "a proof for another user does not", typed: "secret", change: func(p *srp.Proof) { p.User = "bob" }},
		{name: "a proof for another challenge does not", typed: "secret", change: func(p *srp.Proof) { p.SecretBlock = []byte("other") }},
		{name: "a proof of another time does not", typed: "secret", change: func(p *srp.Proof) { p.Timestamp = "Sat Nov 21 09:05:07 UTC 2026" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := exchange(t, "secret", tt.typed, tt.change); got != tt.want {
				t.Errorf("Verify after %q for %q = %t, want %t", tt.typed, "secret", got, tt.want)
			}
		})
	}
}

// prime is the group's modulus, checked before it is used.
func prime(t *testing.T) *big.Int {
	t.Helper()
	n, ok := new(big.Int).SetString(modulus, 16)
	if !ok || n.BitLen() != 3072 || !n.ProbablyPrime(20) {
		t.Fatal("the modulus of the test is not a 3072-bit prime")
	}
	return n
}

func TestIllegalPublicValues(t *testing.T) {
	t.Parallel()
	v, err := srp.NewVerifier(rand.Reader, "Pool", "ada", "secret")
	if err != nil {
		t.Fatal(err)
	}
	n := prime(t)
	tests := []struct{ name, value string }{
		{"zero would make the key known", "0"},
		{"the prime is zero", n.Text(16)},
		{"a multiple of the prime is zero", new(big.Int).Lsh(n, 1).Text(16)},
		{"a negative number is not in the group", "-5"},
		{"text is not a number", "not hexadecimal"},
		{"nothing is not a number", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if _, err := srp.NewServer(rand.Reader, v, tt.value); !errors.Is(err, srp.ErrParameter) {
				t.Errorf("NewServer with A = %.20q: error = %v, want ErrParameter", tt.value, err)
			}
			client, err := srp.NewClient(rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := client.Sign(srp.Proof{}, "secret", v.Salt, tt.value); !errors.Is(err, srp.ErrParameter) {
				t.Errorf("Sign with B = %.20q: error = %v, want ErrParameter", tt.value, err)
			}
		})
	}
}

func TestBrokenInput(t *testing.T) {
	t.Parallel()
	v, err := srp.NewVerifier(rand.Reader, "Pool", "ada", "secret")
	if err != nil {
		t.Fatal(err)
	}
	client, err := srp.NewClient(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	empty := bytes.NewReader(nil)
	if _, err := srp.NewVerifier(empty, "Pool", "ada", "secret"); err == nil {
		t.Error("NewVerifier without randomness: no error")
	}
	if _, err := srp.NewClient(empty); err == nil {
		t.Error("NewClient without randomness: no error")
	}
	if _, err := srp.NewServer(empty, v, client.A()); err == nil {
		t.Error("NewServer without randomness: no error")
	}
	if _, err := srp.NewServer(rand.Reader, srp.Verifier{Value: "?"}, client.A()); !errors.Is(err, srp.ErrParameter) {
		t.Errorf("NewServer with a broken verifier: error = %v, want ErrParameter", err)
	}
	if _, err := client.Sign(srp.Proof{}, "secret", "?", client.A()); !errors.Is(err, srp.ErrParameter) {
		t.Errorf("Sign with a broken salt: error = %v, want ErrParameter", err)
	}
}

func TestMatches(t *testing.T) {
	t.Parallel()
	v, err := srp.NewVerifier(rand.Reader, "Pool", "ada", "secret")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name                 string
		v                    srp.Verifier
		pool, user, password string
		want                 bool
	}{
		{name: "the same password matches", v: v, pool: "Pool", user: "ada", password: "secret", want: true},
		{name: "another password does not", v: v, pool: "Pool", user: "ada", password: "secret "},
		{name: "another user's does not", v: v, pool: "Pool", user: "bob", password: "secret"},
		{name: "another pool's does not", v: v, pool: "Pond", user: "ada", password: "secret"},
		{name: "a broken salt matches nothing", v: srp.Verifier{Salt: "?", Value: v.Value}, pool: "Pool", user: "ada", password: "secret"},
		{name: "no verifier matches nothing", pool: "Pool", user: "ada", password: ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.v.Matches(tt.pool, tt.user, tt.password); got != tt.want {
				t.Errorf("Matches(%q, %q, %q) = %t, want %t", tt.pool, tt.user, tt.password, got, tt.want)
			}
		})
	}
}

func TestSaltIsFresh(t *testing.T) {
	t.Parallel()
	first, err := srp.NewVerifier(rand.Reader, "Pool", "ada", "secret")
	if err != nil {
		t.Fatal(err)
	}
	second, err := srp.NewVerifier(rand.Reader, "Pool", "ada", "secret")
	if err != nil {
		t.Fatal(err)
	}
	if first.Salt == second.Salt || first.Value == second.Value {
		t.Errorf("two verifiers of one password share salt %s or value", first.Salt)
	}
}

func FuzzServer(f *testing.F) {
	v, err := srp.NewVerifier(rand.Reader, "Pool", "ada", "secret")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"0", "2", "-1", "ff", "FF", "0x10", modulus, "", " 1", "1_000"} {
		f.Add(seed, []byte{1, 2, 3})
	}
	f.Fuzz(func(t *testing.T, clientA string, signature []byte) {
		if len(clientA) > 2000 {
			return // longer numbers only cost time
		}
		server, err := srp.NewServer(rand.Reader, v, clientA)
		if err != nil {
			return
		}
		if server.Verify(srp.Proof{Pool: "Pool", User: "ada"}, signature) {
			t.Errorf("a guessed signature %x convinced the server, A = %q", signature, clientA)
		}
	})
}

// modulus is the prime of RFC 5054, appendix A, group 3072.
const modulus = "ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404dd" +
	"ef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a637ed6b0bff5cb6f406b7ed" +
	"ee386bfb5a899fa5ae9f24117c4b1fe649286651ece45b3dc2007cb8a163bf0598da48361c55d39a69163fa8fd24cf5f" +
	"83655d23dca3ad961c62f356208552bb9ed529077096966d670c354e4abc9804f1746c08ca18217c32905e462e36ce3b" +
	"e39e772c180e86039b2783a2ec07a28fb5c55df06f4c52c9de2bcbf6955817183995497cea956ae515d2261898fa0510" +
	"15728e5a8aaac42dad33170d04507a33a85521abdf1cba64ecfb850458dbef0a8aea71575d060c7db3970f85a6e1e4c7" +
	"abf5ae8cdb0933d71e8c94e04a25619dcee3d2261ad2ee6bf12ffa06d98a0864d87602733ec86a64521f2b18177b200c" +
	"bbe117577a615d6c770988c0bad946e208e24fa074e5ab3143db5bfce0fd108e4b82d120a93ad2caffffffffffffffff"

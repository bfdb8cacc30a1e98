package cognitotest

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"math/big"
	"time"

	"callanalyst/pkg/auth/cognitotest/srp"
)

// startSRP answers a challenge for the password, for an unknown user as well: that
// one's salt and id are made from the name, the same every time, and never fit.
func (s *Server) startSRP(in authRequest) (any, error) {
	login, err := parameter(in.AuthParameters, "USERNAME")
	if err != nil {
		return nil, err
	}
	clientA, err := parameter(in.AuthParameters, "SRP_A")
	if err != nil {
		return nil, err
	}
	u, known := s.users.find(login)
	if known && u.Disabled {
		return nil, errDisabled()
	}
	if !known || u.Password == nil {
		u = s.ghost(login)
	}
	server, err := srp.NewServer(s.random, *u.Password, clientA)
	if errors.Is(err, srp.ErrParameter) {
		return nil, errParameter("Invalid SRP_A")
	}
	if err != nil {
		return nil, errInternal(err)
	}
	block, err := s.random.bytes(512)
	if err != nil {
		return nil, err
	}
	c := challenge{name: challengePassword, username: u.Username, srp: server}
	s.openChallenge(hex.EncodeToString(block), c)
	return authResponse{ChallengeName: challengePassword, ChallengeParameters: map[string]string{
		"USERNAME": u.Username, "USER_ID_FOR_SRP": u.Username,
		"SALT": u.Password.Salt, "SRP_B": server.B(),
		"SECRET_BLOCK": base64.StdEncoding.EncodeToString(block),
	}}, nil
}

// ghost is a user who does not exist but looks as if there were one.
func (s *Server) ghost(login string) user {
	draw := func(what string) []byte {
		m := hmac.New(sha256.New, s.signingKeys().IDToken.Private.D.Bytes())
		m.Write([]byte(what + ":" + lower(login)))
		return m.Sum(nil)
	}
	id := formatUUID(draw("id"))
	value := new(big.Int).SetBytes(draw("verifier"))
	return user{Username: id, Sub: id, Password: &srp.Verifier{
		Salt: hex.EncodeToString(draw("salt")[:16]), Value: value.Text(16),
	}}
}

// verifyPassword checks the answer to an SRP challenge.
func (s *Server) verifyPassword(ctx context.Context, in respondRequest) (any, error) {
	proof, signature, err := s.proof(in.ChallengeResponses)
	if err != nil {
		return nil, err
	}
	c, state := s.challenges.take(hex.EncodeToString(proof.SecretBlock), s.now())
	if state != ticketValid || c.name != challengePassword {
		return nil, errCredentials()
	}
	proof.User = c.username
	u, ok := s.users.find(c.username)
	named, _ := s.users.find(in.ChallengeResponses["USERNAME"])
	if !ok || named.Username != u.Username {
		return nil, errCredentials()
	}
	if err := s.checkSignIn(u, func() bool { return c.srp.Verify(proof, signature) }); err != nil {
		return nil, err
	}
	return s.afterPassword(u)
}

// proof reads a PASSWORD_VERIFIER answer; the user is filled in later.
func (s *Server) proof(m map[string]string) (p srp.Proof, signature []byte, err error) {
	var text [4]string
	for i, name := range []string{"USERNAME", "PASSWORD_CLAIM_SIGNATURE", "PASSWORD_CLAIM_SECRET_BLOCK", "TIMESTAMP"} {
		if text[i], err = parameter(m, name); err != nil {
			return p, nil, err
		}
	}
	if _, err := time.Parse(srp.TimestampLayout, text[3]); err != nil {
		return p, nil, errParameter("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
	}
	signature, err = base64.StdEncoding.DecodeString(text[1])
	if err != nil {
		return p, nil, errCredentials()
	}
	block, err := base64.StdEncoding.DecodeString(text[2])
	if err != nil {
		return p, nil, errCredentials()
	}
	return srp.Proof{Pool: s.cfg.poolName(), SecretBlock: block, Timestamp: text[3]}, signature, nil
}

package cognitotest

import (
	"strconv"
	"strings"
)

// checkClient refuses a client id that is not the pool's, and a call that lacks
// one of the other parameters, given as name and value by turns.
func (s *Server) checkClient(id string, others ...string) error {
	if err := present(append([]string{"clientId", id}, others...)); err != nil {
		return err
	}
	if id != s.cfg.ClientID {
		return fail("ResourceNotFoundException", "User pool client "+id+" does not exist.")
	}
	return nil
}

// checkPool refuses a pool id that is not this one; others is as in checkClient.
func (s *Server) checkPool(id string, others ...string) error {
	if err := present(append([]string{"userPoolId", id}, others...)); err != nil {
		return err
	}
	if id != s.cfg.PoolID {
		return fail("ResourceNotFoundException", "User pool "+id+" does not exist.")
	}
	return nil
}

// present names every missing parameter in one error, as AWS does.
func present(pairs []string) error {
	var missing []string
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] == "" {
			missing = append(missing, "Value null at '"+pairs[i]+"' failed to satisfy constraint: Member must not be null")
		}
	}
	if len(missing) == 0 {
		return nil
	}
	noun := " validation error detected: "
	if len(missing) > 1 {
		noun = " validation errors detected: "
	}
	return errParameter(strconv.Itoa(len(missing)) + noun + strings.Join(missing, "; "))
}

package cognitotest

// checkClient refuses a client id that is not the pool's.
func (s *Server) checkClient(id string) error {
	if id == "" {
		return errParameter("1 validation error detected: Value null at 'clientId' failed to satisfy constraint: Member must not be null")
	}
	if id != s.cfg.ClientID {
		return fail("ResourceNotFoundException", "User pool client "+id+" does not exist.")
	}
	return nil
}

// checkPool refuses a pool id that is not this one.
func (s *Server) checkPool(id string) error {
	if id == "" {
		return errParameter("1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null")
	}
	if id != s.cfg.PoolID {
		return fail("ResourceNotFoundException", "User pool "+id+" does not exist.")
	}
	return nil
}

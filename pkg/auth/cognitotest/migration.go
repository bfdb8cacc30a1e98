package cognitotest

import "context"

// migrateSignIn asks the migration trigger for a user that the pool does not
// have. An error of the trigger reaches the caller; an empty answer is a wrong
// password.
func (s *Server) migrateSignIn(ctx context.Context, in authRequest, login, password string) (user, error) {
	if !s.fires(UserMigration) {
		return user{}, errCredentials()
	}
	var out migrationResponse
	req := migrationRequest{Password: password, ValidationData: in.ClientMetadata}
	e := s.event("UserMigration_Authentication", login, in.ClientID, req, migrationResponse{})
	if err := s.invoke(ctx, UserMigration, e, &out); err != nil {
		return user{}, err
	}
	if len(out.UserAttributes) == 0 {
		return user{}, errCredentials()
	}
	return s.migrated(login, password, StatusConfirmed, out)
}

// migrateForgotten asks the trigger for a user who forgot the password elsewhere.
// It reports false if there is none, or none who could receive a code.
func (s *Server) migrateForgotten(ctx context.Context, in forgotRequest) (user, bool, error) {
	if !s.fires(UserMigration) {
		return user{}, false, nil
	}
	var out migrationResponse
	req := migrationRequest{ClientMetadata: in.ClientMetadata}
	e := s.event("UserMigration_ForgotPassword", in.Username, in.ClientID, req, migrationResponse{})
	if err := s.invoke(ctx, UserMigration, e, &out); err != nil {
		return user{}, false, err
	}
	if len(out.UserAttributes) == 0 {
		return user{}, false, nil
	}
	u, err := s.migrated(in.Username, "", StatusResetRequired, out)
	return u, err == nil, err
}

// migrated stores the user whom the trigger described. The pool's password policy
// is not applied, and attributes that the pool cannot hold make it a wrong
// password. The welcome message is not imitated.
func (s *Server) migrated(login, password, unset string, out migrationResponse) (user, error) {
	status := unset
	if out.FinalUserStatus != nil && *out.FinalUserStatus != "" {
		status = *out.FinalUserStatus
	}
	if status != StatusConfirmed && status != StatusResetRequired {
		return user{}, fail("InvalidLambdaResponseException", "Invalid lambda function output : Invalid value for finalUserStatus")
	}
	list := make([]attribute, 0, len(out.UserAttributes))
	for _, name := range sortedKeys(out.UserAttributes) {
		if name != "username" {
			list = append(list, attribute{Name: name, Value: out.UserAttributes[name]})
		}
	}
	if checkSchema(list) != nil {
		return user{}, errCredentials()
	}
	u, err := s.newUser(emailOf(out.UserAttributes, login), password, status, list)
	if err != nil {
		return user{}, err
	}
	return s.storeMigrated(u, password)
}

// storeMigrated keeps the first of two sign-ins that migrate one user at once. The
// second may go on only if it brought the same password: the first might be
// somebody else, who signed up meanwhile.
func (s *Server) storeMigrated(u user, password string) (user, error) {
	err := s.users.insert(u)
	if err == nil {
		return u, nil
	}
	first, ok := s.users.find(u.email())
	if !ok {
		return user{}, err
	}
	if password != "" && !s.passwordMatches(first, password) {
		return user{}, errCredentials()
	}
	return first, nil
}

func emailOf(attributes map[string]string, login string) string {
	if attributes["email"] != "" {
		return attributes["email"]
	}
	return login
}

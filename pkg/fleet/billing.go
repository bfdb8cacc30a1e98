package fleet

// billing lists the functions of plans, payments and entitlements.
func billing() []Function { return nil }

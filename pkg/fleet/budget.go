package fleet

// BinaryBudget returns how many bytes the function's stripped arm64 binary may
// have. Lambda reads the binary on every cold start. The two that are allowed
// more carry the language models' clients and the AWS Encryption SDK.
func (f Function) BinaryBudget() int64 {
	switch f.Name {
	case "ask":
		return 32e6
	case "custom-email-sender":
		return 16e6
	}
	return 12e6
}

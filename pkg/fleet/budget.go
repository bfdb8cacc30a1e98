package fleet

// MB is a megabyte as Lambda counts its limits.
const MB = 1 << 20

// BinaryBudget returns how many bytes the function's stripped arm64 binary may
// have. Lambda reads the binary on every cold start. The two that are allowed
// more carry the language models' clients and the AWS Encryption SDK.
func (f Function) BinaryBudget() int64 {
	switch f.Name {
	case "ask":
		return 32 * MB
	case "custom-email-sender":
		return 16 * MB
	}
	return 12 * MB
}

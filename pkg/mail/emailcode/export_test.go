package emailcode

import "context"

// Open is Decrypt without the check of the pool: the official vectors belong
// to none.
func (d *Decrypter) Open(ctx context.Context, code string) (plaintext string, made map[string]string, err error) {
	return d.open(ctx, code)
}

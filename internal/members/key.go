package members

import "crypto/sha256"

// keySize is that of AES-256.
const keySize = 32

// key makes of a secret the key that MetalLB makes of it, nil of none: the first
// 32 bytes of the secret followed by the SHA-256 of nothing. MetalLB means to hash
// the secret and does not; a key that is better than that would shut its speakers
// out. With the secret of its controller, 128 random bits in 22 characters, it is
// as strong as they are.
func key(secret []byte) []byte {
	if len(secret) == 0 {
		return nil
	}
	nothing := sha256.Sum256(nil)
	long := append(append([]byte{}, secret...), nothing[:]...)
	return long[:keySize]
}

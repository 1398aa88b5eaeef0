package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"

	"github.com/golang-jwt/jwt/v5"
)

// algorithm is the only one accepted, and the one the emulated service documents.
const algorithm = "ES256"

// scalarSize is the length of a P-256 private key and of each half of a signature.
const scalarSize = 32

// deriveKey makes the P-256 key of a seed and its kid. A candidate is unfit when
// it is zero or not below the curve's order, about once in 2^32 seeds; then the
// next one is taken.
func deriveKey(seed string) (*ecdsa.PrivateKey, string, error) {
	for attempt := range 8 {
		info := fmt.Sprintf("mockserver token signing key %d", attempt)
		raw, err := hkdf.Key(sha256.New, []byte(seed), nil, info, scalarSize)
		if err != nil {
			return nil, "", fmt.Errorf("auth: derive the signing key: %w", err)
		}
		if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw); err == nil {
			kid, err := thumbprint(&key.PublicKey)
			return key, kid, err
		}
	}
	return nil, "", errors.New("auth: no signing key can be derived from this seed; choose another")
}

// thumbprint is the JWK thumbprint of RFC 7638, a name that follows the key.
func thumbprint(key *ecdsa.PublicKey) (string, error) {
	point, err := key.Bytes()
	if err != nil {
		return "", fmt.Errorf("auth: encode the public key: %w", err)
	}
	b64 := base64.RawURLEncoding.EncodeToString
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`,
		b64(point[1:1+scalarSize]), b64(point[1+scalarSize:])))
	return b64(sum[:]), nil
}

// deterministicES256 signs as RFC 6979 says, without randomness, so that equal
// claims give equal tokens. The library's own ES256 verifies the result.
type deterministicES256 struct{}

// Alg implements jwt.SigningMethod.
func (deterministicES256) Alg() string { return algorithm }

// Verify implements jwt.SigningMethod.
func (deterministicES256) Verify(text string, sig []byte, key any) error {
	return jwt.SigningMethodES256.Verify(text, sig, key)
}

// Sign implements jwt.SigningMethod; key is an *ecdsa.PrivateKey on P-256.
func (deterministicES256) Sign(text string, key any) ([]byte, error) {
	private, ok := key.(*ecdsa.PrivateKey)
	if !ok || private.Curve != elliptic.P256() {
		return nil, jwt.ErrInvalidKeyType
	}
	digest := sha256.Sum256([]byte(text))
	der, err := private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("auth: sign: %w", err)
	}
	var rs struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rs); err != nil {
		return nil, fmt.Errorf("auth: read the signature: %w", err)
	}
	sig := make([]byte, 2*scalarSize)
	rs.R.FillBytes(sig[:scalarSize])
	rs.S.FillBytes(sig[scalarSize:])
	return sig, nil
}

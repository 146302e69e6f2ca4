package mockserver

import (
	"bytes"
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1" // what Graph's OAEP and thumbprints use
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"sync"
	"time"
)

// publisher is the application that Graph sends notifications as.
const publisher = "0bf30f3b-4a52-48df-9a82-234910c4a086"

// validationLifetime is how long a validation token is valid.
const validationLifetime = 8 * time.Hour

// signingKey signs validation tokens.
type signingKey struct {
	*rsa.PrivateKey
	id string
}

// validationKey is made when it is first needed: it takes a tenth of a second.
var validationKey = sync.OnceValue(func() signingKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("mockserver: %v", err)) // there is always enough randomness
	}
	id := sha256.Sum256(key.N.Bytes())
	return signingKey{key, encode(id[:20])}
})

// public is the key as a JWK (RFC 7517, section 4; RFC 7518, section 6.3.1).
func (k signingKey) public() map[string]any {
	return map[string]any{
		"kty": "RSA", "use": "sig", "alg": "RS256", "kid": k.id, "n": encode(k.N.Bytes()), "e": encode(big.NewInt(int64(k.E)).Bytes()),
	}
}

// sign makes a JWT of claims (RFC 7515, appendix A.2).
func (k signingKey) sign(claims any) string {
	header, _ := json.Marshal(map[string]string{"typ": "JWT", "alg": "RS256", "kid": k.id})
	payload, _ := json.Marshal(claims) // text and numbers
	signed := encode(header) + "." + encode(payload)
	digest := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(nil, k.PrivateKey, crypto.SHA256, digest[:])
	if err != nil {
		panic(fmt.Sprintf("mockserver: %v", err)) // the key is long enough
	}
	return signed + "." + encode(signature)
}

// validationToken vouches to a subscription's application that a notification is Graph's.
func (h *Handler) validationToken(sub *subscription, id string) string {
	now := h.now()
	return validationKey().sign(&accessToken{
		Audience: sub.members.ApplicationID, Issuer: "https://sts.windows.net/" + sub.tenant + "/", IssuedAt: now.Unix(), NotBefore: now.Unix(),
		Expires: now.Add(validationLifetime).Unix(), App: publisher, Tenant: sub.tenant, ID: id, Version: "1.0",
	})
}

// encryption encrypts resource data for a subscription's certificate.
type encryption struct {
	key            *rsa.PublicKey
	id, thumbprint string
}

// newEncryption reads a certificate: X.509, in base64 or PEM, with an RSA key.
func newEncryption(certificate, id string) (*encryption, error) {
	if certificate == "" || id == "" {
		return nil, errors.New("includeResourceData needs an encryptionCertificate and an encryptionCertificateId")
	}
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(certificate), ""))
	if block, _ := pem.Decode([]byte(certificate)); block != nil {
		der, err = block.Bytes, nil
	} else if block, _ := pem.Decode(der); err == nil && block != nil { // the file itself in base64
		der = block.Bytes
	}
	if err != nil {
		return nil, fmt.Errorf("encryptionCertificate is not base64: %w", err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("encryptionCertificate is no X.509 certificate: %w", err)
	}
	key, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok || key.N.BitLen() < 2048 || key.N.BitLen() > 4096 {
		return nil, errors.New("encryptionCertificate needs an RSA key of 2048 to 4096 bits")
	}
	return &encryption{key, id, fmt.Sprintf("%X", sha1.Sum(der))}, nil // a name
}

// encryptedContent is a resource in a notification that only the holder of a key can read.
type encryptedContent struct {
	Data       []byte `json:"data"`
	Signature  []byte `json:"dataSignature"`
	Key        []byte `json:"dataKey"`
	ID         string `json:"encryptionCertificateId"`
	Thumbprint string `json:"encryptionCertificateThumbprint"`
}

// encrypt encrypts a resource: by AES-256-CBC with a key of its own, whose first bytes are the vector, and the key by OAEP.
func (e *encryption) encrypt(resource map[string]any) *encryptedContent {
	data, err := json.Marshal(resource)
	if err != nil {
		panic(fmt.Sprintf("mockserver: %v", err)) // it has been decoded from JSON
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // it never fails
	block, _ := aes.NewCipher(key)
	padding := aes.BlockSize - len(data)%aes.BlockSize // PKCS #7 (RFC 5652, section 6.3)
	data = append(data, bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(data, data)
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	wrapped, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, e.key, key, nil) // as Graph does
	if err != nil {
		panic(fmt.Sprintf("mockserver: %v", err)) // the key is long enough
	}
	return &encryptedContent{Data: data, Signature: mac.Sum(nil), Key: wrapped, ID: e.id, Thumbprint: e.thumbprint}
}

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	der  []byte
	key  *ecdsa.PrivateKey
}

// makeCA writes to dir:
//
//	ca.pem      the root that clients trust
//	NAME.crt    the certificate of a name and the intermediate that signed it
//	server.key  the key of all names
//	spki        the hash of that key, in the form that Chromium's command line takes
func makeCA(dir string, names []string) error {
	root, err := newAuthority("Lab Root", nil)
	if err != nil {
		return err
	}
	middle, err := newAuthority("Lab Intermediate", root)
	if err != nil {
		return err
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	for _, name := range names {
		leaf := template(name)
		leaf.DNSNames = []string{name}
		leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		der, err := x509.CreateCertificate(rand.Reader, leaf, middle.cert, &key.PublicKey, middle.key)
		if err != nil {
			return err
		}
		if err := writePEM(filepath.Join(dir, name+".crt"), "CERTIFICATE", der, middle.der); err != nil {
			return err
		}
	}
	if err := writePEM(filepath.Join(dir, "ca.pem"), "CERTIFICATE", root.der); err != nil {
		return err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "server.key"), "PRIVATE KEY", private); err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	hash := sha256.Sum256(public)
	return os.WriteFile(filepath.Join(dir, "spki"), []byte(base64.StdEncoding.EncodeToString(hash[:])), 0o644)
}

// newAuthority makes a certificate authority signed by parent, or by itself.
func newAuthority(name string, parent *authority) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	t := template(name)
	t.IsCA, t.KeyUsage = true, x509.KeyUsageCertSign
	signer := &authority{cert: t, key: key}
	if parent != nil {
		signer = parent
	}
	der, err := x509.CreateCertificate(rand.Reader, t, signer.cert, &key.PublicKey, signer.key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, der, key}, err
}

// template is valid for a month around now: browsers refuse a long life.
func template(name string) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120)) // rand.Reader never fails
	return &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: name, Organization: []string{"Lab"}},
		NotBefore:             time.Now().Add(-24 * time.Hour),
		NotAfter:              time.Now().Add(30 * 24 * time.Hour),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
	}
}

func writePEM(file, kind string, blocks ...[]byte) error {
	var out []byte
	for _, b := range blocks {
		out = append(out, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})...)
	}
	return os.WriteFile(file, out, 0o600)
}

// loadCertificates reads every NAME.crt of dir; crypto/tls picks by the name
// that the client asks for.
func loadCertificates(dir string) ([]tls.Certificate, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.crt"))
	if err != nil {
		return nil, err
	}
	var certs []tls.Certificate
	for _, f := range files {
		c, err := tls.LoadX509KeyPair(f, filepath.Join(dir, "server.key"))
		if err != nil {
			return nil, err
		}
		certs = append(certs, c)
	}
	return certs, nil
}

package tenant

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// fileImage is a database: compressed, and as base64 in JSON.
type fileImage struct {
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
	Gzip   []byte `json:"gzip"`
}

func packImage(image []byte) (fileImage, error) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(image)
	err = errors.Join(err, w.Close())
	digest := sha256.Sum256(image)
	return fileImage{len(image), hex.EncodeToString(digest[:]), packed.Bytes()}, err
}

// unpack is the database, of at most as many bytes as it is allowed. No more
// memory is taken than there are bytes.
func (f fileImage) unpack(most int) ([]byte, error) {
	if f.Bytes < 0 || f.Bytes > most {
		return nil, fmt.Errorf("bytes must be from 0 to %d, not %d", most, f.Bytes)
	}
	r, err := gzip.NewReader(bytes.NewReader(f.Gzip))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	image, err := io.ReadAll(io.LimitReader(r, int64(f.Bytes)+1))
	if err != nil {
		return nil, fmt.Errorf("gzip: %w", err)
	}
	if digest := sha256.Sum256(image); len(image) != f.Bytes || hex.EncodeToString(digest[:]) != f.SHA256 {
		return nil, errors.New("gzip is not of the length and the digest that the file says")
	}
	return image, nil
}

package awstest

import (
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// setRaw reads a MIME mail: its addresses, subject and text parts. Addresses
// given beside the raw mail win, as with SES.
func (m *Message) setRaw(data []byte) error {
	parsed, err := mail.ReadMessage(bytes.NewReader(data))
	if err != nil {
		return refuse("BadRequestException", "Invalid raw message: %v", err)
	}
	if m.From == "" {
		m.From = parsed.Header.Get("From")
	}
	if len(m.To) == 0 {
		m.To = addresses(parsed.Header, "To", "Cc", "Bcc")
	}
	words := new(mime.WordDecoder)
	if m.Subject, err = words.DecodeHeader(parsed.Header.Get("Subject")); err != nil {
		return refuse("BadRequestException", "Invalid subject: %v", err)
	}
	return m.addPart(parsed.Header.Get("Content-Type"), parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body)
}

// addresses returns the bare addresses of the named headers.
func addresses(h mail.Header, names ...string) []string {
	var out []string
	for _, name := range names {
		list, err := h.AddressList(name)
		if err != nil {
			continue // absent
		}
		for _, a := range list {
			out = append(out, a.Address)
		}
	}
	return out
}

// addPart takes the text of a MIME part, and of the parts within it.
func (m *Message) addPart(contentType, encoding string, body io.Reader) error {
	if contentType == "" {
		contentType = "text/plain"
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return refuse("BadRequestException", "Invalid content type: %v", err)
	}
	if strings.HasPrefix(media, "multipart/") {
		return m.addParts(multipart.NewReader(body, params["boundary"]))
	}
	text, err := io.ReadAll(decoded(encoding, body))
	if err != nil {
		return refuse("BadRequestException", "Invalid body: %v", err)
	}
	switch {
	case media == "text/html" && m.HTML == "":
		m.HTML = string(text)
	case media == "text/plain" && m.Text == "":
		m.Text = string(text)
	}
	return nil
}

// addParts takes the text of every part.
func (m *Message) addParts(parts *multipart.Reader) error {
	for {
		part, err := parts.NextRawPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return refuse("BadRequestException", "Invalid multipart body: %v", err)
		}
		if err := m.addPart(part.Header.Get("Content-Type"), part.Header.Get("Content-Transfer-Encoding"), part); err != nil {
			return err
		}
	}
}

// decoded undoes a content transfer encoding.
func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}

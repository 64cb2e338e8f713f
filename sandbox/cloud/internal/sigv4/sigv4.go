// Package sigv4 reads and checks Signature Version 4.
package sigv4

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Signature is what Signature Version 4 says of a request, from the
// Authorization header or from the query of a presigned URL.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv4-create-signed-request.html
type Signature struct {
	AccessKey, date, Region, Service string
	signedHeaders                    []string
	value                            string
	Time                             time.Time
	SessionToken                     string
	Presigned                        bool
	Expires                          time.Duration // of a presigned URL
}

const (
	TimeFormat = "20060102T150405Z"
	MaxAge     = 15 * time.Minute
)

// Parse reads the signature. The error is the text to answer with.
func Parse(r *http.Request) (*Signature, string) {
	query := r.URL.Query()
	s := &Signature{Presigned: query.Has("X-Amz-Signature")}
	var credential, headers, at string
	if s.Presigned {
		credential, headers, at = query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Date")
		s.value, s.SessionToken = query.Get("X-Amz-Signature"), query.Get("X-Amz-Security-Token")
		seconds, err := strconv.Atoi(query.Get("X-Amz-Expires"))
		if err != nil {
			seconds = int(MaxAge / time.Second) // STS's presigned URLs need not say
		}
		s.Expires = time.Duration(seconds) * time.Second
	} else {
		rest, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
		if !ok {
			return nil, "Request is missing Authentication Token"
		}
		for part := range strings.SplitSeq(rest, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
			switch name {
			case "Credential":
				credential = value
			case "SignedHeaders":
				headers = value
			case "Signature":
				s.value = value
			}
		}
		at, s.SessionToken = r.Header.Get("X-Amz-Date"), r.Header.Get("X-Amz-Security-Token")
	}
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[4] != "aws4_request" {
		return nil, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '" + credential + "'"
	}
	s.AccessKey, s.date, s.Region, s.Service = scope[0], scope[1], scope[2], scope[3]
	s.signedHeaders = strings.Split(headers, ";")
	var err error
	if s.Time, err = time.Parse(TimeFormat, at); err != nil || !strings.HasPrefix(at, s.date) {
		return nil, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP"
	}
	if !slices.Contains(s.signedHeaders, "host") {
		return nil, "'Host' must be a 'SignedHeader' in the AWS Authorization."
	}
	return s, ""
}

// Matches reports whether the request was signed with the secret key.
func (s *Signature) Matches(r *http.Request, body []byte, secretKey string) bool {
	scope := strings.Join([]string{s.date, s.Region, s.Service, "aws4_request"}, "/")
	sum := sha256.Sum256([]byte(s.canonicalRequest(r, body)))
	toSign := strings.Join([]string{"AWS4-HMAC-SHA256", s.Time.Format(TimeFormat), scope, hex.EncodeToString(sum[:])}, "\n")
	key := []byte("AWS4" + secretKey)
	for _, part := range []string{s.date, s.Region, s.Service, "aws4_request"} {
		key = sign(key, part)
	}
	want := hex.EncodeToString(sign(key, toSign))
	return hmac.Equal([]byte(want), []byte(s.value))
}

func sign(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}

func (s *Signature) canonicalRequest(r *http.Request, body []byte) string {
	var b strings.Builder
	b.WriteString(r.Method + "\n")
	for i, segment := range strings.Split(r.URL.EscapedPath(), "/") {
		if i > 0 {
			b.WriteByte('/')
		}
		b.WriteString(escapeStrictly(segment))
	}
	b.WriteString("\n" + canonicalQuery(r.URL.Query()) + "\n")
	for _, name := range s.signedHeaders {
		b.WriteString(name + ":" + signedHeader(r, name) + "\n")
	}
	b.WriteString("\n" + strings.Join(s.signedHeaders, ";") + "\n")
	if hash := r.Header.Get("X-Amz-Content-Sha256"); hash != "" && slices.Contains(s.signedHeaders, "x-amz-content-sha256") {
		b.WriteString(hash)
	} else {
		sum := sha256.Sum256(body)
		b.WriteString(hex.EncodeToString(sum[:]))
	}
	return b.String()
}

func signedHeader(r *http.Request, name string) string {
	switch name {
	case "host":
		return r.Host
	case "content-length":
		return strconv.FormatInt(r.ContentLength, 10)
	}
	var values []string
	for _, v := range r.Header.Values(name) {
		values = append(values, strings.Join(strings.Fields(v), " "))
	}
	return strings.Join(values, ",")
}

func canonicalQuery(query url.Values) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if name == "X-Amz-Signature" {
			continue
		}
		for _, v := range slices.Sorted(slices.Values(query[name])) {
			pairs = append(pairs, escapeStrictly(name)+"="+escapeStrictly(v))
		}
	}
	return strings.Join(pairs, "&")
}

// escapeStrictly is RFC 3986 escaping: all but unreserved characters.
func escapeStrictly(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), "%7E", "~")
}

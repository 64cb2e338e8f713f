// Package answer tells the answers of AWS from those of what stands between.
package answer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	awssdk "github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// maxAnswer is more than any answer of AWS to what podsg asks has: a page of a
// listing has some hundred kilobytes.
const maxAnswer = 32 << 20

// Strange is an answer that is not AWS's: a page of a proxy or of a captive
// portal, nothing at all, or more than there can be.
type Strange struct{ url, status, what string }

func (s *Strange) Error() string {
	return fmt.Sprintf("%s answered %s with %s: that is not AWS's answer; a proxy or a captive portal?", s.url, s.status, s.what)
}

// Sound lets no answer through that is none of AWS's. The SDK takes one
// without content for a list without entries, and a description of nothing.
func Sound(cfg awssdk.Config) awssdk.Config {
	cfg.APIOptions = append(cfg.APIOptions[:len(cfg.APIOptions):len(cfg.APIOptions)], func(stack *middleware.Stack) error {
		if err := stack.Initialize.Add(middleware.InitializeMiddlewareFunc("podsg:Content", hasContent), middleware.Before); err != nil {
			return err
		}
		return stack.Deserialize.Add(middleware.DeserializeMiddlewareFunc("podsg:Answer", soundAnswer), middleware.After)
	})
	return cfg
}

// soundAnswer looks at how an answer begins, and bounds how much of it is read.
func soundAnswer(ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler) (middleware.DeserializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleDeserialize(ctx, in)
	response, ok := out.RawResponse.(*smithyhttp.Response)
	if err != nil || !ok || response.Body == nil {
		return out, metadata, err
	}
	strange := func(what string) error {
		s := &Strange{url: "AWS's endpoint", status: response.Status, what: what}
		if request, ok := in.Request.(*smithyhttp.Request); ok && request.URL != nil {
			s.url = request.URL.Scheme + "://" + request.URL.Host
		}
		return s
	}
	body := bufio.NewReader(&bounded{in: response.Body, left: maxAnswer, tooLong: strange(fmt.Sprintf("more than %d MiB", maxAnswer>>20))})
	begin, _ := body.Peek(512)
	kind, _, _ := strings.Cut(response.Header.Get("Content-Type"), ";")
	switch begin = bytes.ToLower(bytes.TrimSpace(begin)); {
	case strings.EqualFold(kind, "text/html"), bytes.HasPrefix(begin, []byte("<!doctype html")), bytes.HasPrefix(begin, []byte("<html")):
		return out, metadata, strange("a web page")
	case len(begin) == 0 && response.StatusCode < http.StatusMultipleChoices:
		return out, metadata, strange("nothing")
	case len(begin) == 0:
		return out, metadata, strange("no error of AWS's")
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{body, response.Body}
	return out, metadata, nil
}

// bounded reads no more than there may be.
type bounded struct {
	in      io.Reader
	left    int64
	tooLong error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, b.tooLong
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.in.Read(p)
	b.left -= int64(n)
	return n, err
}

// ErrNoContent is an answer in AWS's form that says nothing.
var ErrNoContent = errors.New("the answer does not have what was asked for: a proxy between, or an endpoint that is not AWS's?")

// hasContent refuses the result of a call that reads or makes something, and says
// nothing of it: not even that there is none.
func hasContent(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
	out, metadata, err := next.HandleInitialize(ctx, in)
	if err == nil && answers(awsmiddleware.GetOperationName(ctx)) && empty(reflect.ValueOf(out.Result)) {
		return out, metadata, ErrNoContent
	}
	return out, metadata, err
}

// answers reports whether an operation is called for its answer.
func answers(operation string) bool {
	for _, verb := range []string{"Describe", "List", "Get", "Simulate", "Create", "Update"} {
		if strings.HasPrefix(operation, verb) {
			return operation != "CreateTags"
		}
	}
	return false
}

// empty reports whether a result has no field but those that say whether there is
// more. A list without entries is not nil.
func empty(result reflect.Value) bool {
	if result.Kind() != reflect.Pointer || result.IsNil() {
		return true
	}
	result = result.Elem()
	for i := range result.NumField() {
		switch result.Type().Field(i).Name {
		case "NextToken", "Marker", "IsTruncated", "ResultMetadata", "noSmithyDocumentSerde":
		default:
			if !result.Field(i).IsZero() {
				return false
			}
		}
	}
	return true
}

package wire

import (
	"bytes"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"

	"podsg/sandbox/cloud/internal/awserr"
)

// ec2Query is the protocol of EC2: parameters in a form, flattened lists, and
// XML whose result is the root element itself.
// https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
type ec2Query struct{}

const (
	ec2Version   = "2016-11-15"
	ec2Namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"
)

func (ec2Query) Name(r *http.Request, body []byte) (string, error) {
	return queryAction("ec2", ec2Version, r, body)
}

func (ec2Query) Decode(r *http.Request, body []byte, input any) error {
	return decodeQuery("ec2", r, body, input)
}

func (ec2Query) Unknown(action string) error { return awserr.UnknownAction("ec2", action, "") }

func (ec2Query) Encode(w http.ResponseWriter, action, requestID string, output any) error {
	inner, err := innerXML(output)
	if err != nil {
		return err
	}
	return writeXML(w, http.StatusOK, "<"+action+`Response xmlns="`+ec2Namespace+`"><requestId>`+requestID+"</requestId>"+
		inner+"</"+action+"Response>")
}

func (ec2Query) EncodeError(w http.ResponseWriter, requestID string, e *awserr.Error) {
	_ = writeXML(w, e.HTTPStatus(), "<Response><Errors><Error><Code>"+escapeXML(e.Code)+"</Code><Message>"+escapeXML(e.Message)+
		"</Message></Error></Errors><RequestID>"+requestID+"</RequestID></Response>")
}

// awsQuery is the protocol of RDS, IAM and STS: like EC2's, with named list
// members and a result element of its own.
// https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
type awsQuery struct{ service, version, namespace string }

func (q awsQuery) Name(r *http.Request, body []byte) (string, error) {
	return queryAction(q.service, q.version, r, body)
}

func (q awsQuery) Decode(r *http.Request, body []byte, input any) error {
	return decodeQuery(q.service, r, body, input)
}

func (q awsQuery) Unknown(action string) error {
	return awserr.UnknownAction(q.service, action, q.version)
}

func (q awsQuery) Encode(w http.ResponseWriter, action, requestID string, output any) error {
	inner, err := innerXML(output)
	if err != nil {
		return err
	}
	if inner != "" {
		inner = "<" + action + "Result>" + inner + "</" + action + "Result>"
	}
	return writeXML(w, http.StatusOK, "<"+action+`Response xmlns="`+q.namespace+`">`+inner+
		"<ResponseMetadata><RequestId>"+requestID+"</RequestId></ResponseMetadata></"+action+"Response>")
}

func (q awsQuery) EncodeError(w http.ResponseWriter, requestID string, e *awserr.Error) {
	fault := "Sender"
	if e.HTTPStatus() >= 500 {
		fault = "Receiver"
	}
	_ = writeXML(w, e.HTTPStatus(), `<ErrorResponse xmlns="`+q.namespace+`"><Error><Type>`+fault+"</Type><Code>"+escapeXML(e.Code)+
		"</Code><Message>"+escapeXML(e.Message)+"</Message></Error><RequestId>"+requestID+"</RequestId></ErrorResponse>")
}

// queryForm returns the parameters of a request, of its URL and of its body.
func queryForm(r *http.Request, body []byte) (url.Values, error) {
	form := r.URL.Query()
	if r.Method == http.MethodGet {
		return form, nil
	}
	posted, err := url.ParseQuery(string(body))
	for name, values := range posted {
		form[name] = append(form[name], values...)
	}
	return form, err
}

func queryAction(service, version string, r *http.Request, body []byte) (string, error) {
	form, err := queryForm(r, body)
	if err != nil || !wantsForm(r) {
		return "", awserr.New("MalformedQueryString", "The query string contains a syntax error")
	}
	action := form.Get("Action")
	if action == "" {
		return "", missingAction(service)
	}
	if v := form.Get("Version"); v != version {
		return action, awserr.UnknownAction(service, action, v)
	}
	return action, nil
}

func missingAction(service string) error {
	if service == "ec2" {
		return awserr.New("MissingAction", "The request is missing an action.")
	}
	return awserr.New("MissingAction", "Missing Action")
}

// innerXML is the content of a struct's element, without the element.
func innerXML(output any) (string, error) {
	var b bytes.Buffer
	const outer = "result"
	if err := xml.NewEncoder(&b).EncodeElement(output, xml.StartElement{Name: xml.Name{Local: outer}}); err != nil {
		return "", err
	}
	text := b.String()
	return text[len("<"+outer+">") : len(text)-len("</"+outer+">")], nil
}

func escapeXML(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer takes all
	return b.String()
}

func writeXML(w http.ResponseWriter, status int, document string) error {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.WriteHeader(status)
	_, err := w.Write([]byte(xml.Header + document))
	return err
}

// Items is a list in EC2's XML. The element is there even if the list is
// empty, so that the AWS CLI prints [] for it.
type Items[T any] []T

// MarshalXML writes the list and its <item> elements.
func (l Items[T]) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return MarshalList(e, start, "item", l)
}

// Members is a list in the XML of IAM.
type Members[T any] []T

// MarshalXML writes the list and its <member> elements.
func (l Members[T]) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return MarshalList(e, start, "member", l)
}

func MarshalList[T any](e *xml.Encoder, start xml.StartElement, name string, list []T) error {
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, v := range list {
		if err := e.EncodeElement(v, xml.StartElement{Name: xml.Name{Local: name}}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// Nothing is an empty result.
type Nothing struct{}

// wantsForm reports whether a request has the form of the Query protocols.
func wantsForm(r *http.Request) bool {
	return r.Method == http.MethodGet || strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
}

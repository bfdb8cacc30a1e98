package gateway

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"callanalyst/stacks/local/runtimeapi"
)

const stage = "prod"

// proxyEvent is the Lambda proxy event, version 1.0. What API Gateway sends as
// null is null here too.
type proxyEvent struct {
	Resource                        string              `json:"resource"`
	Path                            string              `json:"path"`
	HTTPMethod                      string              `json:"httpMethod"`
	Headers                         map[string]string   `json:"headers"`
	MultiValueHeaders               map[string][]string `json:"multiValueHeaders"`
	QueryStringParameters           map[string]string   `json:"queryStringParameters"`
	MultiValueQueryStringParameters map[string][]string `json:"multiValueQueryStringParameters"`
	PathParameters                  map[string]string   `json:"pathParameters"`
	StageVariables                  map[string]string   `json:"stageVariables"`
	RequestContext                  requestContext      `json:"requestContext"`
	Body                            *string             `json:"body"`
	IsBase64Encoded                 bool                `json:"isBase64Encoded"`
}

type requestContext struct {
	ResourceID        string   `json:"resourceId"`
	ResourcePath      string   `json:"resourcePath"`
	HTTPMethod        string   `json:"httpMethod"`
	ExtendedRequestID string   `json:"extendedRequestId"`
	RequestTime       string   `json:"requestTime"`
	Path              string   `json:"path"`
	AccountID         string   `json:"accountId"`
	Protocol          string   `json:"protocol"`
	Stage             string   `json:"stage"`
	DomainPrefix      string   `json:"domainPrefix"`
	RequestTimeEpoch  int64    `json:"requestTimeEpoch"`
	RequestID         string   `json:"requestId"`
	Identity          identity `json:"identity"`
	DomainName        string   `json:"domainName"`
	DeploymentID      string   `json:"deploymentId"`
	APIID             string   `json:"apiId"`
}

// identity knows only where the request came from: no route has IAM in front.
type identity struct {
	CognitoIdentityPoolID         *string `json:"cognitoIdentityPoolId"`
	AccountID                     *string `json:"accountId"`
	CognitoIdentityID             *string `json:"cognitoIdentityId"`
	Caller                        *string `json:"caller"`
	SourceIP                      string  `json:"sourceIp"`
	PrincipalOrgID                *string `json:"principalOrgId"`
	AccessKey                     *string `json:"accessKey"`
	CognitoAuthenticationType     *string `json:"cognitoAuthenticationType"`
	CognitoAuthenticationProvider *string `json:"cognitoAuthenticationProvider"`
	UserARN                       *string `json:"userArn"`
	UserAgent                     string  `json:"userAgent"`
	User                          *string `json:"user"`
}

// event encodes the request for the function.
func (c *call) event() ([]byte, *failure) {
	query, err := parseQuery(c.r.URL.RawQuery)
	if err != nil {
		return nil, &badRequest
	}
	body, err := io.ReadAll(io.LimitReader(c.r.Body, MaxBody+1))
	if err != nil {
		return nil, &badRequest
	}
	if len(body) > MaxBody {
		return nil, &tooLarge
	}
	headers := c.headers()
	e := proxyEvent{
		Resource: c.route.Path, Path: c.r.URL.EscapedPath(), HTTPMethod: c.r.Method,
		Headers: lasts(headers), MultiValueHeaders: headers,
		QueryStringParameters: lasts(query), MultiValueQueryStringParameters: query,
		PathParameters: c.params, RequestContext: c.context(),
	}
	e.Body, e.IsBase64Encoded = c.body(body)
	return encode(e)
}

// encode writes the event without the escapes of HTML, as API Gateway does.
func encode(e proxyEvent) ([]byte, *failure) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, &internal
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

func (c *call) context() requestContext {
	at := c.at.UTC()
	return requestContext{
		ResourceID: c.route.resourceID, ResourcePath: c.route.Path, HTTPMethod: c.r.Method,
		ExtendedRequestID: c.extendedID, RequestID: c.requestID,
		RequestTime: at.Format("02/Jan/2006:15:04:05 -0700"), RequestTimeEpoch: at.UnixMilli(),
		Path: "/" + stage + c.r.URL.EscapedPath(), Stage: stage, Protocol: c.r.Proto,
		AccountID: runtimeapi.Account, APIID: c.api.opt.APIID, DeploymentID: "d3ploy",
		DomainPrefix: c.api.opt.APIID, DomainName: c.api.domain(),
		Identity: identity{SourceIP: peer(c.r), UserAgent: c.r.UserAgent()},
	}
}

// domain is the API's own host name, which is all that functions see: behind
// CloudFront they never see the name that the browser used.
func (a *API) domain() string {
	return a.opt.APIID + ".execute-api." + runtimeapi.Region + ".amazonaws.com"
}

// peer is the address that the connection came from, as API Gateway takes it:
// what X-Forwarded-For claims does not count.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// dropped are the request headers that never reach a function.
func dropped(name string) bool {
	return slices.Contains([]string{
		"Connection", "Content-Length", "Content-Md5", "Expect", "Keep-Alive", "Max-Forwards", "Proxy-Authenticate",
		"Proxy-Connection", "Server", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Www-Authenticate",
	}, name)
}

// headers are the request's headers with those that API Gateway adds.
func (c *call) headers() map[string][]string {
	out := map[string][]string{}
	for name, values := range c.r.Header {
		if !dropped(name) {
			out[spelling(name)] = values
		}
	}
	out["Host"] = []string{c.api.domain()}
	out["X-Amzn-Trace-Id"] = []string{c.trace}
	out["X-Forwarded-For"] = []string{strings.Join(append(c.r.Header.Values("X-Forwarded-For"), peer(c.r)), ", ")}
	out["X-Forwarded-Port"] = []string{"443"}
	out["X-Forwarded-Proto"] = []string{"https"}
	return out
}

// spelling restores what Go's canonical form takes from CloudFront's headers.
func spelling(name string) string {
	if rest, ok := strings.CutPrefix(name, "Cloudfront-"); ok {
		return "CloudFront-" + rest
	}
	return name
}

// lasts keeps the last of each name's values. No names at all are nil.
func lasts(values map[string][]string) map[string]string {
	if len(values) == 0 {
		return nil
	}
	out := make(map[string]string, len(values))
	for name, v := range values {
		out[name] = v[len(v)-1]
	}
	return out
}

// parseQuery reads a query as API Gateway does: a semicolon separates too, and
// a pipe or a brace must be encoded. An empty query is nil.
func parseQuery(raw string) (map[string][]string, error) {
	if strings.ContainsAny(raw, "|{}") {
		return nil, fmt.Errorf("gateway: query %q has characters that must be encoded", raw)
	}
	var out map[string][]string
	for part := range strings.FieldsFuncSeq(raw, func(r rune) bool { return r == '&' || r == ';' }) {
		name, value, _ := strings.Cut(part, "=")
		name, errName := url.QueryUnescape(name)
		value, errValue := url.QueryUnescape(value)
		if errName != nil || errValue != nil {
			return nil, fmt.Errorf("gateway: query %q is not encoded", raw)
		}
		if out == nil {
			out = map[string][]string{}
		}
		out[name] = append(out[name], value)
	}
	return out, nil
}

// body is the body as text, or in base64 if its type is a binary one.
func (c *call) body(b []byte) (*string, bool) {
	if len(b) == 0 {
		return nil, false
	}
	if c.api.binary(c.r.Header.Get("Content-Type")) {
		s := base64.StdEncoding.EncodeToString(b)
		return &s, true
	}
	s := string(b)
	return &s, false
}

// binary reports whether a media type is one of the binary types.
func (a *API) binary(contentType string) bool {
	given, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		given = ""
	}
	for _, t := range a.opt.BinaryTypes {
		if t == "*/*" || t == given {
			return true
		}
		if major, ok := strings.CutSuffix(t, "/*"); ok && strings.HasPrefix(given, major+"/") {
			return true
		}
	}
	return false
}

// wantsBinary reports whether the client's first Accept type is a binary one:
// API Gateway looks at no other.
func (c *call) wantsBinary() bool {
	first, _, _ := strings.Cut(c.r.Header.Get("Accept"), ",")
	return c.api.binary(first)
}

// headerSize is what counts against [MaxHeaders].
func headerSize(r *http.Request) int {
	n := len(r.Method) + len(r.RequestURI) + len(r.Proto) + len("  \r\n") + len(r.Host)
	for _, values := range r.Header {
		for _, v := range values {
			n += len(v)
		}
	}
	return n
}

func uuid(b []byte) string {
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// extended is the form of an extended request id: 16 characters, "=" at the end.
func extended(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

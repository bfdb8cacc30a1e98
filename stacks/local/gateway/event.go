package gateway

import (
	"bytes"
	"encoding/json"
	"io"

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

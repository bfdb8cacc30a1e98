package endpoint

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
)

// DynamoDB passes requests on to the engine at address, an http URL.
func DynamoDB(address string) (http.Handler, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("endpoint: address of DynamoDB: %w", err)
	}
	return &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(target) },
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 64,
			DisableCompression:  true, // the SDK checks a CRC of the bytes that the engine sent
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) { engineDown(w, err) },
	}, nil
}

// engineDown answers as DynamoDB does when it fails; SDKs try again.
func engineDown(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(http.StatusInternalServerError)
	_ = json.NewEncoder(w).Encode(map[string]string{
		"__type":  "com.amazonaws.dynamodb.v20120810#InternalServerError",
		"message": "The local DynamoDB engine does not answer: " + err.Error(),
	})
}

package recall

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// completed reports whether Recall refused because the bot has left already.
func completed(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Code == "cannot_command_completed_bot"
}

// Words is one utterance as Recall writes it, live and in a transcript.
type Words struct {
	Participant struct {
		ID   int64   `json:"id"`
		Name *string `json:"name"` // null for a speaker not known yet
	} `json:"participant"`
	Words []struct {
		Text  string `json:"text"`
		Start *Stamp `json:"start_timestamp"`
		End   *Stamp `json:"end_timestamp"` // may be null
	} `json:"words"`
}

// Stamp is a time in a recording.
type Stamp struct {
	Relative float64 `json:"relative"` // seconds from its beginning
}

// ErrAddress reports a download address that is not where transcripts are.
var ErrAddress = errors.New("recall: the transcript's address is not https")

// Transcript returns a finished transcript, in order.
func (c *Client) Transcript(ctx context.Context, id string) ([]Words, error) {
	var about struct {
		Data struct {
			DownloadURL string `json:"download_url"`
		} `json:"data"`
	}
	if err := c.call(ctx, http.MethodGet, "/api/v1/transcript/"+url.PathEscape(id)+"/", nil, nil, &about); err != nil {
		return nil, err
	}
	return c.download(ctx, about.Data.DownloadURL)
}

// download reads a presigned address, without the key. It must be encrypted, or
// on the same host as the API itself.
func (c *Client) download(ctx context.Context, address string) ([]Words, error) {
	if !strings.HasPrefix(address, "https://") && !strings.HasPrefix(address, c.Base+"/") {
		return nil, ErrAddress
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("recall: the transcript's address: %w", err)
	}
	resp, err := c.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("recall: download the transcript: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, &Error{Status: resp.StatusCode, Code: "download"}
	}
	var all []Words
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxTranscript)).Decode(&all); err != nil {
		return nil, fmt.Errorf("recall: the transcript is not the JSON expected: %w", err)
	}
	return all, nil
}

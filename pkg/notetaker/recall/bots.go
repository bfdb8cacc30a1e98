package recall

import (
	"context"
	_ "embed" // the picture that the bot shows
	"encoding/base64"
	"net/http"
	"net/url"
	"time"
)

// logo is what the bot shows instead of a camera: 16:9, as Recall wants it.
//
//go:embed logo.jpg
var logo []byte

// Order is what a bot is created from. The same order gives the same request,
// byte for byte, as an idempotency key wants it.
type Order struct {
	BotID    string    // ours; comes back with every webhook
	URL      string    // the meeting's link
	Name     string    // how the bot is called in the meeting, 1 to 100 letters
	JoinAt   time.Time // zero: now
	Endpoint string    // where real-time events go, without the token
	Longest  time.Duration
}

// MetadataBotID is the metadata field that carries Order.BotID.
const MetadataBotID = "bot_id"

type createRequest struct {
	MeetingURL   string            `json:"meeting_url"`
	BotName      string            `json:"bot_name"`
	JoinAt       string            `json:"join_at,omitempty"`
	Metadata     map[string]string `json:"metadata"`
	Recording    recordingConfig   `json:"recording_config"`
	VideoOutput  videoOutput       `json:"automatic_video_output"`
	AutomaticOut automaticLeave    `json:"automatic_leave"`
}

type recordingConfig struct {
	Transcript struct {
		Provider struct {
			Streaming streaming `json:"recallai_streaming"`
		} `json:"provider"`
	} `json:"transcript"`
	Endpoints []endpoint `json:"realtime_endpoints"`
	Retention retention  `json:"retention"`
	Video     *struct{}  `json:"video_mixed_mp4"` // null: nobody watches, nothing is kept
}

// streaming must say low latency: the default holds utterances back for minutes.
type streaming struct {
	Mode     string `json:"mode"`
	Language string `json:"language_code"`
}

type endpoint struct {
	Type   string   `json:"type"`
	URL    string   `json:"url"`
	Events []string `json:"events"`
}

type retention struct {
	Type  string `json:"type"`
	Hours int    `json:"hours"`
}

type videoOutput struct {
	Recording    picture `json:"in_call_recording"`
	NotRecording picture `json:"in_call_not_recording"`
}

type picture struct {
	Kind string `json:"kind"`
	Data string `json:"b64_data"`
}

// automaticLeave bounds what a forgotten bot costs. All in seconds.
type automaticLeave struct {
	WaitingRoom  int      `json:"waiting_room_timeout"`
	NooneJoined  int      `json:"noone_joined_timeout"`
	EveryoneLeft everyone `json:"everyone_left_timeout"`
	NotRecording int      `json:"in_call_not_recording_timeout"`
	Recording    int      `json:"in_call_recording_timeout"`
	Denied       int      `json:"recording_permission_denied_timeout"`
	Silence      silence  `json:"silence_detection"`
}

type everyone struct {
	Timeout       int `json:"timeout"`
	ActivateAfter int `json:"activate_after"`
}

type silence struct {
	Timeout       int `json:"timeout"`
	ActivateAfter int `json:"activate_after"`
}

// request writes an order as Recall wants it. token guards the address of
// real-time events.
func (o Order) request(token string) createRequest {
	r := createRequest{MeetingURL: o.URL, BotName: o.Name, Metadata: map[string]string{MetadataBotID: o.BotID}}
	if !o.JoinAt.IsZero() {
		r.JoinAt = o.JoinAt.UTC().Format(time.RFC3339)
	}
	r.Recording.Transcript.Provider.Streaming = streaming{Mode: "prioritize_low_latency", Language: "en"}
	r.Recording.Retention = retention{Type: "timed", Hours: 168}
	r.Recording.Endpoints = []endpoint{{
		Type: "webhook", URL: o.Endpoint + "?token=" + url.QueryEscape(token), Events: []string{"transcript.data"},
	}}
	p := picture{Kind: "jpeg", Data: base64.StdEncoding.EncodeToString(logo)}
	r.VideoOutput = videoOutput{Recording: p, NotRecording: p}
	r.AutomaticOut = automaticLeave{
		WaitingRoom: 600, NooneJoined: 900, EveryoneLeft: everyone{Timeout: 30, ActivateAfter: 0},
		NotRecording: 900, Denied: 30, Recording: int(o.Longest.Seconds()), Silence: silence{Timeout: 1800, ActivateAfter: 1200},
	}
	return r
}

// Create orders a bot and returns Recall's id of it. The same key within an hour
// gives the same answer, even when that was a 507; after a 507 the key must be
// another.
func (c *Client) Create(ctx context.Context, key string, o Order) (string, error) {
	var out struct{ ID string }
	err := c.Keys(ctx, func(ctx context.Context, s Secret) error {
		fixed := *c
		fixed.Keys = FixedKeys(s)
		return fixed.call(ctx, http.MethodPost, "/api/v1/bot/", http.Header{"Idempotency-Key": {key}}, o.request(s.URLToken), &out)
	})
	return out.ID, err
}

// Find returns Recall's id of the bot that was ordered under botID, "" if there
// is none.
func (c *Client) Find(ctx context.Context, botID string) (string, error) {
	var out struct{ Results []struct{ ID string } }
	err := c.call(ctx, http.MethodGet, "/api/v1/bot/?"+url.Values{"metadata__" + MetadataBotID: {botID}}.Encode(), nil, nil, &out)
	if err != nil || len(out.Results) == 0 {
		return "", err
	}
	return out.Results[0].ID, nil
}

// Remove ends a bot, whatever it is doing: one that is not on its way yet is
// deleted, any other is told to leave. A bot that is gone already is fine. A bot
// between the two, which can do neither yet, is an Error of status 400 with the
// code cannot_command_unstarted_bot: try again in a moment.
func (c *Client) Remove(ctx context.Context, id string) error {
	path := "/api/v1/bot/" + url.PathEscape(id) + "/"
	err := c.call(ctx, http.MethodDelete, path, nil, nil, nil)
	if StatusOf(err) == http.StatusMethodNotAllowed {
		err = c.call(ctx, http.MethodPost, path+"leave_call/", nil, nil, nil)
	}
	if StatusOf(err) == http.StatusNotFound || completed(err) {
		return nil
	}
	return err
}

package calendar

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Key returns the primary key of a user's row.
func Key(sub string) Item { return Item{"cognito_sub": str(sub)} }

// ConnectionOf decodes a row. Attributes that are absent or of another type are
// zero; no row at all is a Connection in the state None.
func ConnectionOf(sub string, it Item) Connection {
	c := Connection{
		Sub: sub, State: State(words(it["state"])), Email: words(it["email"]), Account: words(it["google_account"]),
		Grant: words(it["grant"]), ConnectedAt: moment(it["connected_at"]),
		Refresh: octets(it["refresh_token"]), Access: octets(it["access_token"]), AccessUntil: moment(it["access_token_until"]),
		Settings: settingsOf(it), Skips: skipsOf(it["skips"]), Upcoming: meetingsOf(it["upcoming"]),
		NextPollAt: moment(it["next_poll_at"]), Failures: int(whole(it["failures"])), Problem: words(it["problem"]),
		SyncedAt: moment(it["synced_at"]), BusyUntil: moment(it["busy_until"]), Version: whole(it["version"]),
		Channel: channelOf(it["channel"]), Share: float64(whole(it["share_hundredths"])) / 100,
		PushAt: moment(it["push_at"]), PushPaid: moment(it["push_paid"]),
	}
	if c.State == "" {
		c.State = None
	}
	return c
}

// item encodes what Connect writes: all but what belongs to polls.
func (c Connection) item() Item {
	it := Item{
		"cognito_sub": str(c.Sub), "state": str(string(c.State)), "email": str(c.Email), "google_account": str(c.Account),
		"grant": str(c.Grant), "connected_at": at(c.ConnectedAt), "refresh_token": bin(c.Refresh),
		"shard": str(Shard(c.Sub)), "next_poll_at": at(c.NextPollAt), "version": num(c.Version),
		"skips": skipsItem(c.Skips), "upcoming": meetingsItem(c.Upcoming),
	}
	if len(c.Access) > 0 {
		it["access_token"], it["access_token_until"] = bin(c.Access), at(c.AccessUntil)
	}
	for name, v := range c.Settings.item() {
		it[name] = v
	}
	return it
}

func settingsOf(it Item) Settings {
	rules := members(it["rules"])
	return Settings{
		AutoJoin: yes(it["auto_join"]), BotName: words(it["bot_name"]),
		Rules: Rules{
			OnlyAccepted: yes(rules["only_accepted"]), OnlyWithOthers: yes(rules["only_with_others"]), OnlyMine: yes(rules["only_mine"]),
		},
	}
}

func (s Settings) item() Item {
	return Item{
		"auto_join": flag(s.AutoJoin), "bot_name": str(s.BotName),
		"rules": &types.AttributeValueMemberM{Value: Item{
			"only_accepted": flag(s.Rules.OnlyAccepted), "only_with_others": flag(s.Rules.OnlyWithOthers), "only_mine": flag(s.Rules.OnlyMine),
		}},
	}
}

func skipsOf(v types.AttributeValue) map[string]time.Time {
	out := map[string]time.Time{}
	for id, start := range members(v) {
		out[id] = moment(start)
	}
	return out
}

func skipsItem(skips map[string]time.Time) types.AttributeValue {
	it := Item{}
	for id, start := range skips {
		it[id] = at(start)
	}
	return &types.AttributeValueMemberM{Value: it}
}

func meetingsOf(v types.AttributeValue) []Meeting {
	list, ok := v.(*types.AttributeValueMemberL)
	if !ok {
		return nil
	}
	var out []Meeting
	for _, v := range list.Value {
		it := members(v)
		out = append(out, Meeting{
			EventID: words(it["event_id"]), Title: words(it["title"]), Start: moment(it["start"]), End: moment(it["end"]),
			MeetingURL: words(it["meeting_url"]), Key: words(it["key"]), Bot: Bot(words(it["bot"])), Reason: words(it["reason"]),
		})
	}
	return out
}

// meetingsItem leaves empty members out: the row is paid for by its size.
func meetingsItem(all []Meeting) types.AttributeValue {
	list := []types.AttributeValue{}
	for _, m := range all[:min(len(all), MaxUpcoming)] {
		it := Item{"event_id": str(m.EventID), "start": at(m.Start), "end": at(m.End), "bot": str(string(m.Bot))}
		for name, text := range map[string]string{"title": m.Title, "meeting_url": m.MeetingURL, "key": m.Key, "reason": m.Reason} {
			if text != "" {
				it[name] = str(text)
			}
		}
		list = append(list, &types.AttributeValueMemberM{Value: it})
	}
	return &types.AttributeValueMemberL{Value: list}
}

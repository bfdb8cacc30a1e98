package awstest

import (
	"context"
	"maps"
	"slices"
)

// SuppressedInput puts an address on the account's suppression list; Reason is
// BOUNCE or COMPLAINT.
type SuppressedInput struct {
	EmailAddress string
	Reason       string
}

// AddressRef names an address.
type AddressRef struct {
	EmailAddress string
}

// SuppressedDestination is one line of the suppression list. LastUpdateTime is
// in epoch seconds.
type SuppressedDestination struct {
	EmailAddress   string
	LastUpdateTime float64
	Reason         string
}

// SuppressedOutput holds one line.
type SuppressedOutput struct {
	SuppressedDestination SuppressedDestination
}

// PutSuppressedDestination suppresses an address: mail to it is accepted and
// bounces with OnAccountSuppressionList.
func (s *SES) PutSuppressedDestination(_ context.Context, in SuppressedInput) error {
	if in.Reason != "BOUNCE" && in.Reason != "COMPLAINT" {
		return refuse("BadRequestException", "Reason must be BOUNCE or COMPLAINT.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.suppressed[bare(in.EmailAddress)] = suppression{in.Reason, s.cfg.Now().UTC()}
	return nil
}

// GetSuppressedDestination returns an address's line.
func (s *SES) GetSuppressedDestination(_ context.Context, in AddressRef) (SuppressedOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	address := bare(in.EmailAddress)
	line, ok := s.suppressed[address]
	if !ok {
		return SuppressedOutput{}, missing("Email address %s does not exist on your suppression list.", in.EmailAddress)
	}
	return SuppressedOutput{SuppressedDestination{address, epoch(line.At), line.Reason}}, nil
}

// DeleteSuppressedDestination takes an address off the list.
func (s *SES) DeleteSuppressedDestination(_ context.Context, in AddressRef) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	address := bare(in.EmailAddress)
	if _, ok := s.suppressed[address]; !ok {
		return missing("Email address %s does not exist on your suppression list.", in.EmailAddress)
	}
	delete(s.suppressed, address)
	return nil
}

// SuppressedListOutput holds the list, by address.
type SuppressedListOutput struct {
	SuppressedDestinationSummaries []SuppressedDestination
}

// ListSuppressedDestinations lists the whole suppression list on one page.
func (s *SES) ListSuppressedDestinations(context.Context, struct{}) (SuppressedListOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := SuppressedListOutput{SuppressedDestinationSummaries: []SuppressedDestination{}}
	for _, a := range slices.Sorted(maps.Keys(s.suppressed)) {
		line := s.suppressed[a]
		out.SuppressedDestinationSummaries = append(out.SuppressedDestinationSummaries, SuppressedDestination{a, epoch(line.At), line.Reason})
	}
	return out, nil
}

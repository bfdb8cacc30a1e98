package stripetest

import "strconv"

// Refund is money that went back.
type Refund struct {
	entry
	Charge string `json:"charge"`
	Amount int64  `json:"amount"`
}

// Dispute is a charge that the cardholder questions at the bank.
type Dispute struct {
	entry
	Charge string `json:"charge"`
	Amount int64  `json:"amount"`
	Status string `json:"status"` // needs_response, won, lost
}

// Refund gives cents of a charge back, all that is left of it with 0, and
// returns the refund's id, "" when there is nothing left.
func (s *Server) Refund(charge string, cents int64) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, err := s.refund(charge, cents, nil)
	if err != nil {
		return ""
	}
	return r.ID
}

func (s *Server) refund(charge string, cents int64, c *call) (*Refund, error) {
	ch := s.st.Charges[charge]
	if ch == nil {
		return nil, missingIn("charge", "charge", charge)
	}
	left := ch.Amount - ch.Refunded
	if cents == 0 {
		cents = left
	}
	switch {
	case left == 0:
		return nil, refused("charge_already_refunded", "", "Charge %s has already been refunded.", charge)
	case cents < 0 || cents > left:
		return nil, refused("", "amount", "Refund amount (%d) is greater than unrefunded amount on charge (%d)", cents, left)
	}
	before := s.chargeObject(ch)
	ch.Refunded += cents
	r := &Refund{entry: s.entry("re"), Charge: charge, Amount: cents}
	s.st.Refunds[r.ID] = r
	s.emit("charge.refunded", s.chargeObject(ch), before, c)
	return r, nil
}

// Dispute opens a dispute over a charge and returns its id.
func (s *Server) Dispute(charge string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.st.Charges[charge]
	if ch == nil || ch.Disputed {
		return ""
	}
	ch.Disputed = true
	d := &Dispute{entry: s.entry("dp"), Charge: charge, Amount: ch.Amount, Status: "needs_response"}
	s.st.Disputes[d.ID] = d
	s.emit("charge.dispute.created", s.disputeObject(d), nil, nil)
	return d.ID
}

// CloseDispute decides an open dispute.
func (s *Server) CloseDispute(id string, won bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d := s.st.Disputes[id]
	if d == nil || d.Status != "needs_response" {
		return
	}
	before := s.disputeObject(d)
	d.Status = "lost"
	if won {
		d.Status = "won"
	}
	s.emit("charge.dispute.closed", s.disputeObject(d), before, nil)
}

func (s *Server) disputeObject(d *Dispute) object {
	return object{
		"id": d.ID, "object": "dispute", "created": d.Created, "charge": d.Charge, "amount": d.Amount, "currency": "usd",
		"reason": "fraudulent", "status": d.Status, "is_charge_refundable": false, "livemode": s.live(), "metadata": object{},
	}
}

func (s *Server) refundObject(r *Refund) object {
	return object{
		"id": r.ID, "object": "refund", "created": r.Created, "charge": r.Charge, "amount": r.Amount, "currency": "usd",
		"status": "succeeded", "metadata": object{},
	}
}

func (s *Server) createRefund(c *call) (any, error) {
	if name := c.params.unknown("charge", "amount", "reason", "metadata", "expand", "payment_intent"); name != "" {
		return nil, unknownParam(name)
	}
	var cents int64
	if v := c.params.at("amount"); v.set {
		n, err := strconv.ParseInt(v.value, 10, 64)
		if err != nil || n < 1 {
			return nil, badParam("parameter_invalid_integer", "amount", "Invalid integer: %s", v.value)
		}
		cents = n
	}
	r, err := s.refund(c.params.text("charge"), cents, c)
	if err != nil {
		return nil, err
	}
	return s.refundObject(r), nil
}

func (s *Server) getCharge(c *call) (any, error) {
	ch := s.st.Charges[c.r.PathValue("id")]
	if ch == nil {
		return nil, missing("charge", c.r.PathValue("id"))
	}
	return s.chargeObject(ch), nil
}

func (s *Server) getDispute(c *call) (any, error) {
	d := s.st.Disputes[c.r.PathValue("id")]
	if d == nil {
		return nil, missing("dispute", c.r.PathValue("id"))
	}
	return s.disputeObject(d), nil
}

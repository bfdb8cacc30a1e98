package fleet

// notetaking lists the functions of bots and transcripts.
func notetaking() []Function { return nil }

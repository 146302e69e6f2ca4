package mockserver

// part is a piece of a server that answers by what it remembers, such as a collection or an entity set. Each server has its own,
// and a new one after a Reset. Its methods are called concurrently.
type part interface {
	// answer answers a request to a route of the part; name tells which.
	answer(q *Request, name string) Response
}

// partOf is what routes of a ready-made scenario have in common: how the part is made that answers them.
type partOf struct {
	make func(h *Handler) part
}

// reply is a reply that the part makes.
func (p *partOf) reply(name string) Response {
	return Response{Func: func(q *Request) Response { return q.handler.part(p).answer(q, name) }}
}

// part is the server's part, made when it is first asked for.
func (h *Handler) part(of *partOf) part {
	h.partsMu.Lock()
	defer h.partsMu.Unlock()
	p := h.parts[of]
	if p == nil {
		if h.parts == nil {
			h.parts = map[*partOf]part{}
		}
		p = of.make(h)
		h.parts[of] = p
	}
	return p
}

// resetParts has new parts made. Those that do something by themselves have to stop.
func (h *Handler) resetParts() {
	h.partsMu.Lock()
	defer h.partsMu.Unlock()
	for _, p := range h.parts {
		if p, ok := p.(interface{ stop() }); ok {
			p.stop()
		}
	}
	h.parts = nil
}

// refusal is an error that a part answers with.
func refusal(status int, code, message string) Response {
	return Response{Status: status, Fixture: "error/" + code, Set: map[string]any{"/error/message": message}}
}

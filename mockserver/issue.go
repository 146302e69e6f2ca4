package mockserver

import (
	"fmt"
	"slices"
	"strings"
)

// unissued names the first parameter whose value no reply has issued, and says why; "" for none. A value has been issued to a
// request whose parameters of the same names had the same values.
func (h *Handler) unissued(st *stub, q *Request) (param, why string) {
	for _, name := range st.Requires {
		ids := h.issued[name]
		params, ok := ids[q.Param(name)]
		if !ok {
			if len(ids) == 0 {
				return name, "none has been issued"
			}
			known := make([]string, 0, len(ids))
			for id := range ids {
				known = append(known, id)
			}
			slices.Sort(known)
			return name, "issued: " + short(strings.Join(known, ", "))
		}
		for _, p := range params {
			if p.name != name && slices.Contains(q.names, p.name) && q.Param(p.name) != p.value {
				return name, fmt.Sprintf("it was issued for %s %q, not %q", p.name, p.value, q.Param(p.name))
			}
		}
	}
	return "", ""
}

// issue makes a new id for a parameter.
func (h *Handler) issue(q *Request, param string) string {
	if id, ok := q.issued[param]; ok {
		return id // the same in header and body
	}
	params := make([]pathValue, len(q.names))
	for i, name := range q.names {
		params[i] = pathValue{name, q.values[i]}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.issued == nil {
		h.issued = map[string]map[string][]pathValue{}
	}
	if h.issued[param] == nil {
		h.issued[param] = map[string][]pathValue{}
	}
	id := h.uuid(q)
	for h.isIssued(param, id) {
		id = h.uuid(q)
	}
	h.issued[param][id] = params
	if q.issued == nil {
		q.issued = map[string]string{}
	}
	q.issued[param] = id
	return id
}

// isIssued says whether a value of a parameter has been issued, to whatever request.
func (h *Handler) isIssued(param, id string) bool {
	_, ok := h.issued[param][id]
	return ok
}

package control

import (
	"slices"

	"mockserver/internal/api"
	"mockserver/internal/rolemining"
)

// mail is a message that the real service would have sent.
type mail struct {
	ID          string   `json:"id"`
	SessionID   string   `json:"sessionId"`
	RecipientID string   `json:"recipientId"`
	Address     string   `json:"address"` // "" for an identity that has none
	Subject     string   `json:"subject"`
	Text        string   `json:"text"`
	CreatedDate api.Time `json:"createdDate"`
}

func mailOf(m rolemining.Mail) mail {
	return mail{m.ID, m.SessionID, m.RecipientID, m.Address, m.Subject, m.Text, api.Time(m.CreatedAt)}
}

func (p *Plane) listMails(c *call) (any, error) {
	all, err := c.tenant.Outbox(c.Context())
	if err != nil {
		return nil, err
	}
	all = keep(all, func(m rolemining.Mail) bool {
		return fits(c, "sessionId", m.SessionID) && fits(c, "recipientId", m.RecipientID)
	})
	return pageOf(c, all, mailOf)
}

func (p *Plane) getMail(c *call) (any, error) {
	id := c.param("mailId")
	all, err := c.tenant.Outbox(c.Context())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(m rolemining.Mail) bool { return m.ID == id })
	if i < 0 {
		return nil, missing("no mail has the id %q", id)
	}
	return mailOf(all[i]), nil
}

func (p *Plane) clearOutbox(c *call) (any, error) {
	return nil, c.tenant.ClearOutbox(c.Context())
}

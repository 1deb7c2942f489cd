package check

import (
	"errors"
	"fmt"
	"io"

	"contractd/workflow"
)

// stamped is a timestamp with the record that keeps it.
type stamped struct {
	subject string
	stamp   workflow.Stamp
}

// maxToken bounds what is read as a token; a longer document is none of ours.
const maxToken = 64 << 10

func (c *checker) stamp(subject string, stamp workflow.Stamp) {
	c.need(subject, stamp.Token)
	c.stamps[stamp.Token] = append(c.stamps[stamp.Token], stamped{subject, stamp})
}

// stamped judges a document that records keep as a timestamp.
func (c *checker) stamped(document workflow.Document) error {
	kept := c.stamps[document.Ref]
	if len(kept) == 0 || len(c.judges) == 0 {
		return nil
	}
	if document.Size > maxToken {
		return fmt.Errorf("it has %d bytes", document.Size)
	}
	token, err := io.ReadAll(document.Reader())
	if err != nil {
		return err
	}
	for _, one := range kept {
		for _, judge := range c.judges {
			if err := judge(one.stamp, token); errors.Is(err, workflow.ErrPolicy) {
				c.find(KindTrust, one.subject, "%v", err)
			} else if err != nil {
				c.find(KindTimestamp, one.subject, "%v", err)
			}
		}
	}
	return nil
}

package pdf

// Operation is one operator of a content stream behind its operands. ISO 32000-2, 7.8.2. An inline image is one BI with
// its dictionary and its data.
type Operation struct {
	Operator string
	Operands []Object
}

const (
	maxOperands = 1000 // A character map lists a hundred pairs at once.
	maxOperator = 32
)

// Operations reads the operators of a decoded content stream, or of a character map, which is written alike. What no
// reader could take for operators is damage; nothing is passed over.
func Operations(content []byte, limits Limits) ([]Operation, error) {
	limits = limits.withDefaults()
	p := &parser{lexer: lexer{buf: content, end: int64(len(content))}, limits: &limits}
	var all []Operation
	var operands []Object
	for c := p.skipSpace(); c >= 0; c = p.skipSpace() {
		mark := p.lexer
		object, err := p.object(0)
		if err == nil {
			if operands = append(operands, object); len(operands) > maxOperands {
				return nil, exceeded("more than %d operands", maxOperands)
			}
			continue
		}
		p.back(mark)
		operator := string(p.word(maxOperator))
		if operator == "" || !isLetter(operator[0]) {
			return nil, err
		}
		if operator == "BI" {
			if operands, err = p.inlineImage(); err != nil {
				return nil, err
			}
		}
		all = append(all, Operation{operator, operands})
		operands = nil
	}
	if len(operands) > 0 {
		return nil, p.fail("operands without an operator")
	}
	return all, nil
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '\'' || c == '"'
}

// inlineImage reads what follows BI. ISO 32000-2, 8.9.7: the data begin behind one white space after ID and end at EI
// between white space.
func (p *parser) inlineImage() ([]Object, error) {
	d := Dict{}
	for p.skipSpace() == '/' {
		key, err := p.name()
		if err != nil {
			return nil, err
		}
		if d[key], err = p.object(0); err != nil {
			return nil, err
		}
	}
	if err := p.keyword("ID"); err != nil {
		return nil, err
	}
	p.next()
	var data []byte
	for c := p.next(); c >= 0; c = p.next() {
		data = append(data, byte(c))
		n := len(data)
		if n >= 3 && data[n-2] == 'E' && data[n-1] == 'I' && isWhite(data[n-3]) && (p.peek() < 0 || isWhite(byte(p.peek()))) {
			return []Object{d, String{Value: data[:n-3]}}, nil
		}
	}
	return nil, p.fail("inline image without EI")
}

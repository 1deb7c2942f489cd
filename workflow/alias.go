package workflow

// Alias stands for an actor's name in logs, which hold no names of people: the daemon goes by its own, anybody else by the
// beginning of a hash, so that lines about one person can be told from those about another. The journal has the names.
func Alias(name string) string {
	if name == "" || name == System.Name {
		return name
	}
	return "actor-" + HashOf([]byte(name)).Short()
}

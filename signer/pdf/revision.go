package pdf

// XRefKind is the form of cross-reference information that a revision uses.
type XRefKind string

// The kinds of cross-reference sections.
const (
	Table   XRefKind = "table"  // ISO 32000-2, 7.5.4: a classic table
	XStream XRefKind = "stream" // ISO 32000-2, 7.5.8: a cross-reference stream
	Hybrid  XRefKind = "hybrid" // ISO 32000-2, 7.5.8.4: a table with /XRefStm
)

// EntryKind says where an object is to be found.
type EntryKind string

// The kinds of cross-reference entries.
const (
	EntryFree       EntryKind = "free"       // The object does not exist.
	EntryOffset     EntryKind = "offset"     // It stands at Entry.Offset.
	EntryCompressed EntryKind = "compressed" // It is element Entry.Index of object stream Entry.Stream.
)

// Entry is one cross-reference entry.
type Entry struct {
	Kind       EntryKind
	Generation int
	Offset     int64 // of "n g obj", for EntryOffset
	Stream     int   // object number of the object stream, for EntryCompressed
	Index      int   // within that stream
	Revision   int   // index of the revision whose section holds this entry
}

// Section is one cross-reference section as it stands in the file.
type Section struct {
	Kind    XRefKind
	Offset  int64 // what startxref, /Prev or /XRefStm said
	Span    Span  // from the keyword xref (or "n g obj") to behind the trailer dictionary (or endobj)
	Tail    Span  // from startxref to behind %%EOF; zero for an /XRefStm section
	Loose   bool  // a form that viewers repair: entries of other than 20 bytes, comments between, unknown types
	Trailer Dict  // the trailer, or the stream's dictionary
	entries entries
}

// Revision is the document as it stood at the end of one revision.
type Revision struct {
	Index      int
	Start      int64     // end of the revision before, or 0
	Marker     int64     // right behind the %%EOF that ends the revision
	End        int64     // behind that marker and its end-of-line
	XRefOffset int64     // what startxref at the end of the revision says
	Kind       XRefKind  // Hybrid if any of its sections has /XRefStm
	Trailer    Dict      // the newest section's trailer
	Prev       *Revision // the revision before, nil for the first
	Sections   []Section // newest first; more than one for linearized and hybrid files

	file      *File
	own       entries // of all sections, merged
	conflicts []Ref
	pages     []Page
}

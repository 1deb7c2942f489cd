// Package mailbox turns raw messages into what was found in them, and notices into letters.
//
// Parser promises to find a PDF by its content wherever it lies in a message, byte for byte, under limits,
// and to say in a Problem what kept it from looking further. It looks into forwarded messages, zip archives, winmail.dat
// and opaque S/MIME. It follows no link, runs nothing, and trusts no name, type or disposition that a sender chose. It does not judge PDFs.
//
// Composer promises that a letter is complete, stored bytes before anybody sends it. It sends nothing;
// mailbox/smtp does.
package mailbox

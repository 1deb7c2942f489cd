package softkey

// ParseNationalPKCS12 lets the fuzz target read what is no file.
var ParseNationalPKCS12 = parseNationalPKCS12

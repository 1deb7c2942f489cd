package config

// rightsTold says whether the mode of a file tells who may read it: access control lists are not looked at.
const rightsTold = false

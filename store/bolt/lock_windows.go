package bolt

import "os"

// exclusive refuses: the store's promises about power cuts rest on what Windows does not offer.
func exclusive(*os.File) (bool, error) { return false, Supported() }

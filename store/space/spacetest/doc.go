// Package spacetest mounts small disks for tests, in a mount namespace of their own: nobody else sees them, and they are
// gone with the test, however it ends. It needs root and Linux. It is imported by tests only.
package spacetest

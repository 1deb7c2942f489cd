# Read by the scripts of this folder: where the checkout is, how they fail, and what they keep to themselves.
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

# fail WHAT HINT: one line of what is wrong, one of the cure.
fail() {
  printf 'error: %s\nhint: %s\n' "$1" "$2" >&2
  exit 1
}

# mask hides addresses in the output of package managers: mirrors and proxies are nobody's business in a log.
mask() {
  sed -u -E 's#[a-z]+://[^][:space:]"'\'']+#(address)#g'
}

# packages TARGET: the Debian packages that a make target needs besides Go and a C compiler. This is the one list.
packages() {
  case $1 in
  demo) echo softhsm2 fonts-droid-fallback ;;
  test | bench)
    packages demo
    echo poppler-utils mupdf-tools qpdf     # pdfsig, mutool, qpdf: judges of the PDFs that we produce
    packages soak
    echo systemd                            # judge of the unit in packaging
    echo curl                               # the ERP of docs/api.md
    echo openssl                            # judge of signatures and timestamps
    echo libssl-dev                         # libcrypto of the SM2 token that the tests build
    packages powercut
    ;;
  powercut) echo strace ;;                  # records what a run does to its files, and fails its fsyncs
  windows) echo gcc-mingw-w64-x86-64-win32 ;; # tokens are C libraries
  soak) echo dovecot-imapd dovecot-lmtpd postfix ;; # real mail servers
  build | lint | fuzz) ;;
  *) fail "no list of packages for \"$1\"" "use build, demo, test, bench, powercut, soak, windows, lint or fuzz" ;;
  esac
}

# missing TARGET: those of its packages that are not installed.
missing() {
  local name
  for name in $(packages "$1"); do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || echo "$name"
  done
}

# Sourced by the set-up. Builds the guest image `andromede-tiny` from Debian packages.

ensure_guest_image() {
  begin 'Guest image'
  finish 'none yet'
}

# Sourced by the set-up. Builds the guest image `andromede-tiny` from Debian packages, unless it is there already.

ensure_guest_image() {
  begin 'Guest image'
  cache=${ANDROMEDE_CACHE:-/var/cache/andromede}
  if ! guest_image_is_current; then
    mkdir -p "$cache" 2>/dev/null || need_root "making $cache"
    [ -w "$cache" ] || need_root "writing to $cache"
    need_space "$cache" 200
    need_space "${TMPDIR:-/tmp}" 400
    exec 8<"$cache"
    flock 8
    guest_image_is_current || retry build_guest_image ||
      fail 'the guest image could not be built' 'can the kernel be downloaded? try: apt-get update'
    exec 8<&-
  fi
  finish "$(description_says file)"
}

# Its description names what it was built from, and the file that it describes is there.
guest_image_is_current() {
  [ "$(description_says inputs)" = "$(sh "$root/images/tiny/build.sh" --inputs)" ] &&
    [ -s "$cache/$(description_says file)" ]
}

description_says() {
  sed -n "s/^  \"$1\": \"\(.*\)\",*$/\1/p" "$cache/andromede-tiny.json" 2>/dev/null || true
}

build_guest_image() {
  progress 'building andromede-tiny'
  if sh "$root/images/tiny/build.sh" "$cache" >>"$log" 2>&1; then return 0; fi
  # A stale list of packages names a kernel that the mirror no longer has.
  if [ "$(id -u)" -eq 0 ]; then apt_get update || true; fi
  return 1
}

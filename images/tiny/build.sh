#!/bin/sh
# Builds the guest image `andromede-tiny` from Debian packages: a kernel, busybox, dropbear, and the scripts in root/.
#
#   images/tiny/build.sh FOLDER      writes FOLDER/andromede-tiny-HASH.qcow2, and FOLDER/andromede-tiny.json about it
#   images/tiny/build.sh --inputs    prints a hash of what this machine puts into it: these files, the installed packages
#
# HASH is of everything that it is built from: that, and the kernel, which is downloaded and not installed. Built as root, or as anybody inside `unshare --map-root-user`.
set -eu
umask 022
export LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1767225600 E2FSPROGS_FAKE_TIME=1767225600
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
name=andromede-tiny
# Packages of this machine from which files go into the image, or which decide how it is laid out.
installed='busybox-static dropbear-bin e2fsprogs libc6 libtomcrypt1 libtommath1 libgmp10 libpam0g libpam-modules mtools syslinux'
# In 512-byte sectors: where the boot partition starts, its length, the root partition's length before it grows.
boot_start=2048
boot_length=49152
root_length=81920

inputs() {
  {
    cd "$here"
    find . -type f ! -name README.md | sort | xargs sha256sum
    # shellcheck disable=SC2086
    dpkg-query -W -f '${Package} ${Version}\n' $installed | sort
  } | sha256sum | cut -c 1-16
}

if [ "$1" = --inputs ]; then
  inputs
  exit
fi
folder=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/$name.XXXXXX")
trap 'rm -rf "$work"' EXIT
cd "$work"

echo 'downloading the kernel'
kernel_package=$(apt-cache depends linux-image-cloud-amd64 | sed -n 's/^ *Depends: \(linux-image-.*\)/\1/p' | head -n 1)
mkdir debs unpacked
# apt drops its rights while it downloads, so that its user must be able to write here.
chmod 0755 . && chmod 0777 debs
(cd debs && apt-get -q download "$kernel_package" opendoas) >&2
for deb in debs/*.deb; do
  dpkg-deb -x "$deb" unpacked
  dpkg-deb -f "$deb" Package Version >>downloaded
done
release=${kernel_package#linux-image-}
modules=unpacked/lib/modules/$release

echo 'assembling'
# install_with_libraries PROGRAM PLACE: copies a program and the libraries that it is linked with.
install_with_libraries() {
  install -D -m "${3:-0755}" "$1" "$2"
  ldd "$1" | grep -o '/[^ ]*' | while read -r library; do
    install -D -m 0755 "$library" "root/lib/${library##*/}"
  done
}

mkdir -p root/bin root/sbin root/usr/bin root/usr/sbin root/proc root/sys root/dev root/run root/root root/srv root/tmp \
  root/home root/mnt root/var/log root/var/tmp root/etc/dropbear root/lib
chmod 1777 root/tmp root/var/tmp
ln -s lib root/lib64
(cd "$here/root" && find . -type f) | while read -r file; do
  mode=0644
  if [ -x "$here/root/$file" ]; then mode=0755; fi
  install -D -m "$mode" "$here/root/$file" "root/$file"
done
install -m 0755 /bin/busybox root/bin/busybox
for applet in $(/bin/busybox --list-full); do
  mkdir -p "root/${applet%/*}"
  [ -e "root/$applet" ] || ln -s /bin/busybox "root/$applet"
done
install_with_libraries /usr/sbin/dropbear root/usr/sbin/dropbear
install_with_libraries /usr/bin/dropbearkey root/usr/bin/dropbearkey
install_with_libraries /sbin/resize2fs root/sbin/resize2fs
install_with_libraries unpacked/usr/bin/doas root/usr/bin/doas 4755
security=lib/x86_64-linux-gnu/security
install -D -m 0755 "/$security/pam_permit.so" "root/$security/pam_permit.so"
install -d -m 0700 root/root

# What the first program needs: busybox, and the modules in the order in which they are loaded.
mkdir -p initramfs/bin initramfs/dev initramfs/proc initramfs/sys initramfs/root initramfs/modules
install -m 0755 "$here/initramfs-init" initramfs/init
install -m 0755 /bin/busybox initramfs/bin/busybox
for applet in sh mount insmod findfs cat usleep sleep dd printf blockdev switch_root; do
  ln -s busybox "initramfs/bin/$applet"
done
depmod --basedir unpacked "$release"
while read -r module; do
  # In modules.dep a module is followed by what it needs, the deepest last.
  needed=$(sed -n "s#^\(kernel/.*/$module\.ko[.xz]*\):#\1#p" "$modules/modules.dep" | tr ' ' '\n' | tac)
  [ -n "$needed" ] || { echo "the kernel has no module $module" >&2 && exit 1; }
  for path in $needed; do
    file=${path##*/}
    [ -e "initramfs/modules/${file%.xz}" ] && continue
    install -m 0644 "$modules/$path" "initramfs/modules/$file"
    case $file in *.xz) xz -d "initramfs/modules/$file" ;; esac
    echo "${file%.xz}" >>initramfs/modules/order
  done
done <"$here/modules"

echo 'writing the disk'
find initramfs root -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
(cd initramfs && find . | sort | cpio --quiet --reproducible -R 0:0 -o -H newc) >initrd
cat >syslinux.cfg <<END
DEFAULT tiny
PROMPT 0
LABEL tiny
  LINUX linux
  INITRD initrd
  APPEND $(cat "$here/kernel-command-line")
END
boot=boot.fat
truncate -s $((boot_length * 512)) $boot
mformat -i $boot -v BOOT -N a11d0e03 -T $boot_length -h 64 -s 32 -H $boot_start ::
cp "unpacked/boot/vmlinuz-$release" linux
touch -d "@$SOURCE_DATE_EPOCH" linux initrd syslinux.cfg
syslinux --install $boot
mcopy -m -i $boot linux initrd syslinux.cfg ::
truncate -s $((root_length * 512)) root.ext4
mke2fs -q -t ext4 -T default -b 4096 -L $name -U a11d0e03-7171-4000-8000-000000000001 -E hash_seed=a11d0e03-7171-4000-8000-000000000002 \
  -m 1 -O ^metadata_csum_seed -d root root.ext4

# entry START LENGTH TYPE FLAGS: an entry of the table of partitions.
entry() {
  le32() { printf "\\$(printf %o $(($1 & 255)))\\$(printf %o $(($1 >> 8 & 255)))\\$(printf %o $(($1 >> 16 & 255)))\\$(printf %o $(($1 >> 24 & 255)))"; }
  printf "\\$(printf %o "$4")\376\377\377\\$(printf %o "$3")\376\377\377"
  le32 "$1"
  le32 "$2"
}
truncate -s $(((boot_start + boot_length + root_length) * 512)) disk.raw
{
  head -c 440 /usr/lib/syslinux/mbr/mbr.bin
  printf '\003\016\035\241\000\000'
  entry $boot_start $boot_length 14 128
  entry $((boot_start + boot_length)) $root_length 131 0
  head -c 32 /dev/zero
  printf '\125\252'
} | dd of=disk.raw conv=notrunc status=none
dd if=$boot of=disk.raw bs=512 seek=$boot_start conv=notrunc,sparse status=none
dd if=root.ext4 of=disk.raw bs=1M seek=$(((boot_start + boot_length) / 2048)) conv=notrunc,sparse status=none

# Not compressed: the kernel, most of it, already is, and every boot would pay.
hash=$({ inputs && cat downloaded; } | sha256sum | cut -c 1-32)
file=$name-$(echo "$hash" | cut -c 1-12).qcow2
qemu-img convert -q -O qcow2 disk.raw "$file"
# A UUID of version 8 (ours to define, RFC 9562) made of the hash.
id=$(echo "$hash" | sed 's/^\(.\{8\}\)\(.\{4\}\).\(.\{3\}\).\(.\{3\}\)\(.\{12\}\)$/\1-\2-8\3-8\4-\5/')
cat >$name.json <<END
{
  "name": "$name",
  "file": "$file",
  "id": "$id",
  "inputs": "$(inputs)",
  "sha256": "$(sha256sum "$file" | cut -d ' ' -f 1)",
  "disk_format": "qcow2",
  "min_ram": 128,
  "min_disk": 1,
  "login": "debian",
  "kernel": "$release"
}
END
mkdir -p "$folder"
# The description last, and by renaming: it never names a file that is not whole.
for made in "$file" $name.json; do
  install -m 0644 "$made" "$folder/.$made.new"
  mv "$folder/.$made.new" "$folder/$made"
done

#!/bin/sh
# Builds a Debian 12 guest image with cloud-init, from Debian packages alone. As root: packages are configured in a chroot. No
# loop device is used: it also builds in a container.
#
#   images/debian-12/build.sh FOLDER     writes FOLDER/debian-12.qcow2; DEBIAN_MIRROR=URL for another mirror than Debian's
set -eu
umask 022
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "$0")" && pwd)
folder=$1
label=debian-12
# MiB: as large as the file system is before it grows to the disk.
size=1792
work=$(mktemp -d "${TMPDIR:-/tmp}/$label.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 0755 "$work"
cd "$work"

echo 'installing packages'
packages=$(sed 's/[[:space:]]*#.*//' "$here/packages" | grep . | paste -sd,)
# GRUB is put on the disk below; its package keeps the menu up to date when a kernel comes.
seed='echo grub-pc grub-pc/install_devices_empty boolean true | chroot "$1" debconf-set-selections'
# shellcheck disable=SC2086
mmdebstrap --quiet --mode=root --variant=minbase --format=directory --include="$packages" --essential-hook="$seed" \
  --aptopt='Acquire::Retries "3"' --dpkgopt=force-unsafe-io bookworm root ${DEBIAN_MIRROR:-}

echo 'assembling'
(cd "$here/root" && find . -type f) | while read -r file; do install -D -m 0644 "$here/root/$file" "root/$file"; done
echo "LABEL=$label / ext4 rw,discard,errors=remount-ro 0 1" >root/etc/fstab
chroot root systemctl --quiet enable systemd-networkd.service systemd-resolved.service
ln -sf ../run/systemd/resolve/stub-resolv.conf root/etc/resolv.conf
# Each guest makes its own.
rm -f root/etc/ssh/ssh_host_* root/etc/hostname root/var/lib/dbus/machine-id root/var/lib/systemd/random-seed
: >root/etc/machine-id
# cloud-init writes them for the mirrors of where the guest is.
rm -f root/etc/apt/sources.list root/etc/apt/sources.list.d/*
rm -rf root/var/lib/apt/lists/* root/var/cache/apt/*.bin root/var/log/*.log root/var/log/apt root/usr/share/doc/*/changelog*

# What the first sectors need to find the rest: `grub-install` wants a device, of which there is none.
mkdir -p root/boot/grub
cp -r root/usr/lib/grub/i386-pc root/boot/grub/
cp root/usr/share/grub/unicode.pf2 root/boot/grub/
cat >root/early.cfg <<END
search.fs_label $label root
set prefix=(\$root)/boot/grub
END
chroot root grub-mkimage -O i386-pc -p /boot/grub -c /early.cfg -o /core.img \
  biosdisk part_msdos ext2 search_label normal configfile linux
mv root/core.img . && rm root/early.cfg
command_line=$(sed -n 's/^GRUB_CMDLINE_LINUX="\(.*\)"$/\1/p' root/etc/default/grub.d/andromede.cfg)
# For the first boot; `update-grub` writes another in its place when the first new kernel comes.
cat >root/boot/grub/grub.cfg <<END
linux /vmlinuz root=LABEL=$label ro $command_line
initrd /initrd.img
boot
END

echo 'writing the disk'
truncate -s "${size}M" disk.raw
# GRUB reads neither a checksum's seed nor an orphan file (2.06).
mke2fs -q -t ext4 -L $label -m 1 -O ^metadata_csum_seed,^orphan_file -E offset=1048576 -d root disk.raw $((size - 1))M
echo '2048,,83,*' | sfdisk --quiet disk.raw
dd if=root/usr/lib/grub/i386-pc/boot.img of=disk.raw bs=440 count=1 conv=notrunc status=none
dd if=core.img of=disk.raw bs=512 seek=1 conv=notrunc status=none
qemu-img convert -q -c -O qcow2 disk.raw disk.qcow2
mkdir -p "$folder"
install -m 0644 disk.qcow2 "$folder/.$label.qcow2.new"
mv "$folder/.$label.qcow2.new" "$folder/$label.qcow2"

#!/bin/sh
# A server by hand: a tap with DHCP on it, a disk over the image, a config drive, QEMU.
#
#   by-hand.sh FOLDER IMAGE SIZE TAP MAC NETWORK QEMU-ARGUMENTS…
#
# FOLDER receives disk.qcow2 and config-2.img, which the arguments name; its user_data is what the server runs. NETWORK is the
# first three bytes of a /24 of which .1 is ours and .2 the server's. Becomes QEMU; the DHCP server's pid is in FOLDER.
set -eu
folder=$1 image=$2 size=$3 tap=$4 mac=$5 network=$6
shift 6

ip tuntap add "$tap" mode tap
ip address add "$network.1/24" dev "$tap"
ip link set "$tap" up
# As a router would: nothing is lost by asking before the server can answer.
ip neighbour replace "$network.2" lladdr "$mac" dev "$tap"
cat >"$folder/udhcpd.conf" <<END
interface $tap
start $network.2
end $network.2
option subnet 255.255.255.0
option router $network.1
lease_file $folder/leases
pidfile $folder/udhcpd.pid
END
: >"$folder/leases"
# Nobody else can have the address: two seconds of asking for its owner would be the bench's, not the guest's.
busybox udhcpd -S -a 0 "$folder/udhcpd.conf"

ln -f "$image" "$folder/base.img"
qemu-img create -q -f qcow2 -u -b "$folder/base.img" -F qcow2 "$folder/disk.qcow2" "$size"
printf '{"uuid": "by-hand", "hostname": "by-hand"}' >"$folder/meta_data.json"
rm -f "$folder/config-2.img"
mkfs.vfat -n config-2 -C "$folder/config-2.img" 1100 >/dev/null
mmd -i "$folder/config-2.img" ::/openstack ::/openstack/latest
mcopy -i "$folder/config-2.img" "$folder/meta_data.json" "$folder/user_data" ::/openstack/latest

exec qemu-system-x86_64 "$@"

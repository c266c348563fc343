"""Sends, from inside a network namespace, what an honest guest does not: raw sockets are not for Node.

    forge.py router PREFIX    announces itself as a router, with PREFIX::/64 for everybody
    forge.py dhcp             answers a DHCP question that nobody asked
    forge.py say ADDRESS      sends `hello` to the DHCP client's port there
    forge.py hear SECONDS     says what comes to the DHCP client's port with its class (DSCP), or `nothing`
"""
import socket
import struct
import sys

role, *args = sys.argv[1:]
interface = b"eth0"

if role == "router":
    prefix = socket.inet_pton(socket.AF_INET6, args[0] + "::")
    header = struct.pack("!BBHBBHII", 134, 0, 0, 64, 0, 1800, 0, 0)
    option = struct.pack("!BBBBIII", 3, 4, 64, 0xC0, 86400, 14400, 0) + prefix
    with socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6) as sender:
        sender.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        index = socket.if_nametoindex(interface.decode())
        sender.sendto(header + option, ("ff02::1", 0, 0, index))
elif role == "dhcp":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        sender.bind(("", 67))
        sender.sendto(b"offer", ("255.255.255.255", 68))
elif role == "say":
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"hello", (args[0], 68))
else:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("", 68))
        listener.setsockopt(socket.IPPROTO_IP, socket.IP_RECVTOS, 1)
        listener.settimeout(float(args[0]))
        print("listening", flush=True)
        try:
            heard, [(_, _, tos)], _, _ = listener.recvmsg(64, 64)
            print(heard.decode(), tos[0] >> 2, flush=True)
        except TimeoutError:
            print("nothing", flush=True)

"""Python's `ssl` as a peer of the interop cells: a client that pipes, or a server that echoes.

Each connection is told of on stderr: `connection: TLSv1.2 AES128-SHA resumed=0 certificate=1`.
"""

import argparse
import os
import selectors
import socket
import ssl
import sys


def context(options, protocol):
    """A context with TLS 1.2 alone and whatever the options say."""
    made = ssl.SSLContext(protocol)
    made.minimum_version = made.maximum_version = ssl.TLSVersion.TLSv1_2
    # What Python allows by default has neither key transport nor CBC.
    made.set_ciphers(options.ciphers or "DEFAULT")
    made.keylog_filename = options.keylog
    if options.cert:
        made.load_cert_chain(options.cert, options.key)
    if options.ca:
        made.load_verify_locations(options.ca)
    if options.no_etm:
        made.options |= 1 << 19  # SSL_OP_NO_ENCRYPT_THEN_MAC
    if options.no_tickets:
        made.options |= ssl.OP_NO_TICKET
    if options.field:
        made.load_dh_params(options.field)
    return made


def tell(stream):
    version, suite = stream.version(), stream.cipher()[0]
    certificate = stream.getpeercert(binary_form=True) is not None
    resumed = bool(stream.session_reused)
    line = f"connection: {version} {suite} resumed={resumed:d} certificate={certificate:d}"
    print(line, file=sys.stderr, flush=True)


def pipe(stream):
    """Stdin to the peer, what comes back to stdout, until stdin ends. One thread does both: an SSL object of
    OpenSSL is not for two."""
    stream.setblocking(False)
    ready = selectors.DefaultSelector()
    ready.register(stream, selectors.EVENT_READ)
    ready.register(0, selectors.EVENT_READ)
    waiting = b""
    ended = False
    while waiting or not ended:
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waiting else 0)
        ready.modify(stream, events)
        for key, _ in ready.select():
            if key.fd == 0:
                more = os.read(0, 65536)
                waiting += more
                if not more:
                    ended = True
                    ready.unregister(0)
        try:
            if waiting:
                waiting = waiting[stream.send(waiting):]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
        try:
            while data := stream.recv(65536):
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            ended, waiting = True, b""
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass
    stream.setblocking(True)


def goodbye(stream):
    try:
        stream.unwrap().close()
    except OSError:
        stream.close()


def client(options):
    made = context(options, ssl.PROTOCOL_TLS_CLIENT)
    session = None
    for visit in range(options.visits):
        plain = socket.create_connection(("127.0.0.1", options.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = made.wrap_socket(plain, server_hostname=options.name, session=session)
        tell(stream)
        session = stream.session
        if visit == options.visits - 1:
            pipe(stream)
        goodbye(stream)


def server(options):
    made = context(options, ssl.PROTOCOL_TLS_SERVER)
    made.verify_mode = ssl.VerifyMode[options.ask]
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        while True:
            plain, _ = listener.accept()
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                stream = made.wrap_socket(plain, server_side=True)
                tell(stream)
                while data := stream.recv(65536):
                    stream.sendall(data)
                goodbye(stream)
            except OSError as error:
                print(error, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["client", "server"])
    parser.add_argument("--port", type=int, required=True)
    for name in ["name", "ca", "cert", "key", "ciphers", "keylog", "field"]:
        parser.add_argument(f"--{name}")
    parser.add_argument("--ask", default="CERT_NONE")
    parser.add_argument("--visits", type=int, default=1)
    parser.add_argument("--no-etm", action="store_true")
    parser.add_argument("--no-tickets", action="store_true")
    options = parser.parse_args()
    try:
        {"client": client, "server": server}[options.role](options)
    except OSError as error:
        sys.exit(str(error))


main()

"""Python's `ssl` as a peer of the interop cells: a client that pipes, or a server that echoes.

Each connection is told of on stderr: `connection: TLSv1.2 AES128-SHA resumed=0 certificate=1`.
"""

import argparse
import os
import select
import selectors
import socket
import ssl
import sys


def context(options, protocol):
    """A context as the options say."""
    made = ssl.SSLContext(protocol)
    made.minimum_version = ssl.TLSVersion[options.lowest]
    made.maximum_version = ssl.TLSVersion[options.highest]
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
    if options.group:
        made.set_ecdh_curve(options.group)
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


def session_of(stream):
    """The session with its ticket, which in TLS 1.3 comes when the server likes; nothing else comes before it."""
    if stream.version() == "TLSv1.3":
        stream.setblocking(False)
        while not stream.session.has_ticket:
            select.select([stream], [], [])
            try:
                stream.recv(1)
            except ssl.SSLWantReadError:
                pass
        stream.setblocking(True)
    return stream.session


def goodbye(stream):
    try:
        stream.unwrap().close()
    except OSError:
        stream.close()


def client(options):
    made = context(options, ssl.PROTOCOL_TLS_CLIENT)
    made.post_handshake_auth = True
    session = None
    for visit in range(options.visits):
        plain = socket.create_connection(("127.0.0.1", options.port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        stream = made.wrap_socket(plain, server_hostname=options.name, session=session)
        tell(stream)
        if visit == options.visits - 1:
            pipe(stream)
        else:
            session = session_of(stream)
        goodbye(stream)


def server(options):
    made = context(options, ssl.PROTOCOL_TLS_SERVER)
    made.verify_mode = ssl.VerifyMode[options.ask]
    # A server with this does not ask in the handshake.
    made.post_handshake_auth = options.ask_late
    with socket.create_server(("127.0.0.1", options.port)) as listener:
        while True:
            plain, _ = listener.accept()
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                stream = made.wrap_socket(plain, server_side=True)
                tell(stream)
                asked = not options.ask_late
                while data := stream.recv(65536):
                    if not asked:
                        stream.verify_client_post_handshake()
                        asked = True
                    stream.sendall(data)
                if options.ask_late:
                    certificate = stream.getpeercert(binary_form=True) is not None
                    print(f"late certificate={certificate:d}", file=sys.stderr, flush=True)
                goodbye(stream)
            except OSError as error:
                print(error, file=sys.stderr, flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("role", choices=["client", "server"])
    parser.add_argument("--port", type=int, required=True)
    for name in ["name", "ca", "cert", "key", "ciphers", "keylog", "field", "lowest", "highest", "group"]:
        parser.add_argument(f"--{name}")
    parser.add_argument("--ask", default="CERT_NONE")
    parser.add_argument("--visits", type=int, default=1)
    parser.add_argument("--ask-late", action="store_true")
    parser.add_argument("--no-etm", action="store_true")
    parser.add_argument("--no-tickets", action="store_true")
    options = parser.parse_args()
    try:
        {"client": client, "server": server}[options.role](options)
    except OSError as error:
        sys.exit(str(error))


main()

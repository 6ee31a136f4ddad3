"""A peer of Python's ssl, which is OpenSSL: `peer.py client FOLDER PORT [pem]` or `peer.py server FOLDER VERIFY_MODE`."""

import socket
import ssl
import sys


def client(folder, port, *pem):
    """Each line of standard input goes to the server, and the line it answers to standard output."""
    context = ssl.create_default_context(cafile=f"{folder}/authority.pem")
    context.post_handshake_auth = True
    for own in pem:
        context.load_cert_chain(own)
    plain = socket.create_connection(("127.0.0.1", int(port)))
    with context.wrap_socket(plain, server_hostname="localhost") as stream:
        answers = stream.makefile("r")
        for line in sys.stdin:
            stream.sendall(line.encode())
            print(answers.readline(), end="", flush=True)


def server(folder, mode):
    """Asks after the first line; answers the second with how many bytes the client's certificate has."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.pem")
    context.load_verify_locations(f"{folder}/authority.pem")
    context.verify_mode = ssl.VerifyMode[mode]
    context.post_handshake_auth = True
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print("ACCEPT", "127.0.0.1:%d" % listener.getsockname()[1], flush=True)
        plain, _ = listener.accept()
    with context.wrap_socket(plain, server_side=True) as stream:
        lines = stream.makefile("r")
        lines.readline()
        assert stream.getpeercert(binary_form=True) is None
        stream.verify_client_post_handshake()
        stream.sendall(b"and who are you?\n")
        lines.readline()
        length = len(stream.getpeercert(binary_form=True) or b"")
        stream.sendall(b"%d bytes\n" % length)
        print(lines.readline(), end="", flush=True)


{"client": client, "server": server}[sys.argv[1]](*sys.argv[2:])
